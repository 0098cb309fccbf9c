"""Bundles in a panel: how they are told, and the file that is meant by a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.model.bundle import size_text

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.bundle import Bundle, BundlePart
    from audobon.model.textureset import TextureSet

__all__ = ["asset_at", "headline", "maps_at", "part_text"]

_KINDS = {"material": "Material", "picture": "Picture", "versions": "Versions", "named": "Bundle"}
_ROLES = {"ao": "AO"}


def headline(bundle: Bundle) -> str:
    """``Material Rock035: 12 files, 1k to 4k``."""
    sizes = bundle.sizes if bundle.kind != "versions" else ()
    text = f"{_KINDS.get(bundle.kind, 'Bundle')} {bundle.name}: {len(bundle.parts)} files"
    if len(sizes) > 1:
        return f"{text}, {sizes[0]} to {sizes[-1]}"
    return f"{text}, {sizes[0]}" if sizes else text


def part_text(bundle: Bundle, part: BundlePart) -> str:
    """One file of it in a line: what it is, and its name."""
    role = _ROLES.get(part.role, part.role.capitalize())
    if bundle.kind == "versions":
        role = f"v{part.number}" if part.number is not None else "Without a number"
    size = size_text(part.size) if part.size and bundle.kind != "versions" else ""
    told = " ".join(text for text in (role, size, part.asset.ext.upper()) if text)
    return f"{told}: {part.asset.name}"


def asset_at(bundle: Bundle | None, asset: Asset, size: str) -> Asset:
    """The same map in this size; the asset itself where there is none, or no size is asked for."""
    if bundle is None or not size or bundle.kind == "versions":
        return asset
    mine = next((part for part in bundle.parts if part.asset.id == asset.id), None)
    found = [
        part.asset
        for part in bundle.parts
        if mine is not None
        and (part.role or "color", part.channels) == (mine.role or "color", mine.channels)
        and part.size
        and size_text(part.size) == size
        and part.asset.state == "present"
    ]
    if asset in found or not found:
        return asset
    same = [one for one in found if one.ext == asset.ext]
    return (same or found)[0]


def maps_at(bundle: Bundle | None, textures: TextureSet | None, size: str) -> TextureSet | None:
    """The maps of a material in this size; without one those that lie beside the asset."""
    if bundle is None or bundle.kind == "versions":
        return textures
    if size and size in bundle.sizes:
        made = bundle.maps(size)
    elif textures is None:
        made = bundle.maps()
    else:
        return textures
    return made if len(made.maps) > 1 else textures
