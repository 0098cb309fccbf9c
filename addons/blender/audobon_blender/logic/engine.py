# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine has and lacks, in sentences; and whether anything may be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session.state import Engine, Offer, Tools

__all__ = ["OFFLINE", "OFFLINE_OLD", "engine_text", "fetch_text", "lacks_text", "parts_text"]

OFFLINE = "Nothing is downloaded: allow online access in Preferences, System, Network"
OFFLINE_OLD = "Nothing is downloaded: allow it in the preferences of this add-on"


def engine_text(engine: Engine, tools: Tools | None) -> str:
    """Which Python computes, and with what."""
    from audobon.panel import engine as words

    return words.engine_text(engine, tools)


def parts_text(tools: Tools | None) -> tuple[str, ...]:
    """The libraries of the engine, those that are not there too."""
    from audobon.panel import engine as words

    return words.parts_text(tools)


def lacks_text(tools: Tools) -> tuple[str, str]:
    """A sentence about what the engine itself lacks and the commands that get it, or nothing."""
    from audobon.panel import engine as words

    return words.lacks_text(tools)


def fetch_text(offer: Offer) -> str:
    """What would be fetched for a pipeline, in one line."""
    from audobon.panel import engine as words

    return words.fetch_text(offer)
