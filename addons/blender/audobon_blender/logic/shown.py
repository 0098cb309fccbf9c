# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pictures are on the screen, and by which key they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.decoded import Decoded
    from audobon.session.past import StoredPicture
    from audobon.session.state import Problem, State

__all__ = ["MOST", "PAGES", "columns", "icon_key", "is_decoded", "on_screen"]

PAGES = (12, 24, 48, 96)
"""How many assets a page can have."""
MOST = PAGES[-1]

_TILE = 84
# The width of a tile in pixels at a scale of 1: two fit into a sidebar of the usual width.


def on_screen(state: State) -> tuple[Asset, ...]:
    """The assets whose pictures are drawn: the chosen one, the page, what is related."""
    chosen = state.chosen
    first = () if chosen is None else (chosen.asset,)
    related = () if chosen is None else tuple(asset for _, asset in chosen.related)
    found: dict[str, Asset] = {}
    for asset in (*first, *state.found.assets, *related):
        found.setdefault(asset.id, asset)
    return tuple(found.values())


def icon_key(asset: Asset | StoredPicture) -> str:
    """Names the picture of an asset as its file is now, or of bytes of a version."""
    from audobon.session.past import StoredPicture

    if isinstance(asset, StoredPicture):
        return asset.content.digest
    return f"{asset.id}-{asset.size}-{asset.mtime_ns}"


def is_decoded(found: Decoded | Problem) -> TypeGuard[Decoded]:
    """Whether these are pixels; the SDK's own types are not loaded where Blender draws."""
    return hasattr(found, "data")


def columns(width: float, scale: float) -> int:
    """How many tiles fit side by side in a region of ``width`` pixels."""
    return max(1, int(width / (_TILE * max(scale, 0.1))))
