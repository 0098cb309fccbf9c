"""The maps of one material, found among the assets that lie beside one of them."""

from __future__ import annotations

from audobon.model.asset import Asset
from audobon.model.textureset import TextureSet
from audobon.services.core.stores import Stores
from audobon.services.core.texturenames import MapName, map_name, texture_sets

__all__ = ["set_of"]

_BESIDE = 1000
"""Pictures whose names begin alike that are looked at; a set has some ten maps."""


def set_of(stores: Stores, asset: Asset) -> TextureSet | None:
    """The set that an asset is one of; its maps are absolute paths. None where it is in none."""
    said = map_name(asset.path)
    if asset.kind != "image" or said is None:
        return None
    folder = asset.path[: asset.path.rfind("/") + 1]
    root = next(one.key for one in stores.catalog.roots() if one.name == asset.root)
    found = stores.catalog.beginning(root, folder + said.stem, limit=_BESIDE)
    files = [
        one.file for one in found if one.path.rfind("/") + 1 == len(folder) and _same(one, said)
    ]
    return next(iter(texture_sets(files)), None)


def _same(one: Asset, said: MapName) -> bool:
    other = map_name(one.path)
    return other is not None and other.group == said.group
