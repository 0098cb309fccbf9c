# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are one thing, as the docker tells them. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.bundle import Bundle

__all__ = ["asset_at", "headline", "parts", "sizes"]


def headline(bundle: Bundle) -> str:
    """What it is, in a line."""
    from audobon.panel.bundling import headline

    return headline(bundle)


def sizes(bundle: Bundle | None) -> tuple[str, ...]:
    """The sizes that can be chosen; versions of a painting have none."""
    return () if bundle is None or bundle.kind == "versions" else bundle.sizes


def parts(bundle: Bundle | None) -> tuple[tuple[str, str], ...]:
    """A text and the id of each file."""
    if bundle is None:
        return ()
    from audobon.panel.bundling import part_text

    return tuple((part_text(bundle, part), part.asset.id) for part in bundle.parts)


def asset_at(bundle: Bundle | None, asset: Asset, size: str) -> Asset:
    """The file in this size, where it is one of the bundle."""
    if bundle is None:
        return asset
    from audobon.panel.bundling import asset_at

    return asset_at(bundle, asset, size)
