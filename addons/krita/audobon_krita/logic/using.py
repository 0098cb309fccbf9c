# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with an asset in Krita, and the name that it gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from audobon.model.asset import Asset
    from audobon.session import Session

__all__ = [
    "FETCHING",
    "FILE_LAYER",
    "LAYER",
    "OPEN",
    "PALETTE",
    "PATTERN",
    "REFERENCE",
    "TOGETHER",
    "fetch_dragged",
    "fetch_first",
    "group_title",
    "layer_name",
    "pattern_name",
    "pattern_told",
    "uses",
]

FETCHING = "Fetching it first: the file is only at a remote"

LAYER, FILE_LAYER, REFERENCE, OPEN = "layer", "file layer", "reference", "open"
PATTERN, PALETTE = "pattern", "palette"

TOGETHER = {LAYER, FILE_LAYER}
"""What several assets can become in one step of undo: a group."""

_PICTURES = {"image", "document", "vector"}


def uses(asset: Asset, *, document: bool) -> tuple[str, ...]:
    """What can be done with this asset, the most likely first; ``document`` whether one is open."""
    if asset.state not in ("present", "remote") or asset.kind not in _PICTURES:
        return ()
    if document:
        return (LAYER, FILE_LAYER, REFERENCE, PATTERN, PALETTE, OPEN)
    return (OPEN, PATTERN, PALETTE)


def fetch_first(
    session: Session | None, assets: Sequence[Asset], then: Callable[[list[Asset]], None]
) -> bool:
    """Fetch those that are only at a remote, and have ``then`` told all of them; whether it does.

    Where one cannot be had a notice of the session says so, and ``then`` is not called.
    """
    away = [each.id for each in assets if each.state == "remote"]
    if session is None or not away:
        return False
    from attrs import evolve

    here = [evolve(each, state="present") for each in assets]
    session.remotes.fetch_first(away, lambda: then(here))
    return True


def fetch_dragged(
    session: Session | None, assets: Sequence[Asset], say: Callable[[str], None]
) -> None:
    """Fetch what somebody began to drag; the session tells when it is here."""
    if fetch_first(session, assets, lambda _: None):
        say(f"{FETCHING}; drag it again when it is here")


def pattern_name(asset: Asset) -> str:
    """The name of the pattern that an asset becomes, another one for other contents.

    Krita finds patterns by name, and has some of its own.
    """
    mark = asset.digest[:8] or f"{asset.mtime_ns:x}"[-8:]
    return f"{layer_name(asset)} {mark}"


def pattern_told(name: str, *, known: bool, written: bool, filled: bool) -> str:
    """What became of a picture that was made a pattern."""
    done = "The new layer is filled with it. " if filled else ""
    if known:
        return f"{done}{name} is among Krita's patterns"
    when = "Krita shows it among its patterns from its next start on"
    return f"{done}{when}" if written else f"{done}It was added already: {when}"


def group_title(assets: Sequence[Asset]) -> str:
    """The name of the group that several assets become."""
    return f"{layer_name(assets[0])} and {len(assets) - 1} more"


def layer_name(asset: Asset) -> str:
    """The name of a layer that an asset becomes: that of its file, without the ending."""
    return asset.name.rpartition(".")[0] or asset.name
