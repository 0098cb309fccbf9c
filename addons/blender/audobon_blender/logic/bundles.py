# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are one thing, as the panel tells them. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.bundle import Bundle
    from audobon.model.textureset import TextureSet
    from audobon.session.state import Chosen

__all__ = ["headline", "maps", "parts"]


def headline(bundle: Bundle) -> str:
    """What it is, in a line."""
    from audobon.panel.bundling import headline

    return headline(bundle)


def parts(bundle: Bundle, most: int) -> tuple[tuple[str, str], ...]:
    """A text and the id of each file."""
    from audobon.panel.bundling import part_text

    return tuple((part_text(bundle, part), part.asset.id) for part in bundle.parts[:most])


def maps(chosen: Chosen, size: str) -> TextureSet | None:
    """The maps of the chosen asset's material, in this size where it is there."""
    from audobon.panel.bundling import maps_at

    return maps_at(chosen.bundle, chosen.textures, size)
