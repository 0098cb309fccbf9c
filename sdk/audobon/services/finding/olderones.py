"""Files that are old versions of others: by the number in their names, and by their bytes."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.model.asset import Asset
from audobon.services.core.stores import Stores
from audobon.services.finding.newer import newer
from audobon.services.imports.import_numbered import split_number
from audobon.services.versioning.versions import contents_at, log
from audobon.system.names import fold

__all__ = ["newer_than", "older_than"]

_NUMBERED = 500
_VERSIONS = 200
# Numbered files of one name, and versions of an asset, that are looked at.
_EDITED = ("blend", "document")
# Whose bytes are compared with old versions: files that people take copies of. A search each.


def older_than(stores: Stores, asset: Asset) -> tuple[Asset, ...]:
    """Other assets that are an old version of this one.

    Files of the same folder with a lower number behind a ``v``, and files with
    the bytes that it had in a version.
    """
    found = {one.id: one for number, one in _numbered(stores, asset) if number < _number(asset)}
    if asset.kind in _EDITED and asset.digest and _has_history(stores):
        versions = log(stores, asset, limit=_VERSIONS, revision="HEAD")
        contents = contents_at(stores, asset, [version.id for version in versions])
        digests = {each.digest for each in contents if each is not None} - {asset.digest}
        keys = [key for held in stores.catalog.holders(sorted(digests)).values() for key in held]
        found |= {one.id: one for one in stores.catalog.by_key(keys) if one.id != asset.id}
    return tuple(found.values())


def newer_than(stores: Stores, assets: Sequence[Asset]) -> dict[str, Asset]:
    """The newest version of each of these that is an old one, by its id."""
    found = {}
    for asset in assets:
        later = [(number, one) for number, one in _numbered(stores, asset)]
        best = max(later, key=lambda each: each[0], default=None)
        if best is not None and best[0] > _number(asset):
            found[asset.id] = best[1]
    edited = [one for one in assets if one.kind in _EDITED and one.id not in found]
    if edited and _has_history(stores):
        by_file = {one.file: one.id for one in edited}
        for each in newer(stores, list(by_file)):
            found[by_file[each.path]] = each.asset
    return found


def _number(asset: Asset) -> int:
    return split_number(asset.name)[1] or 0


def _numbered(stores: Stores, asset: Asset) -> list[tuple[int, Asset]]:
    """The numbered files beside one that has a number behind a ``v``, and their numbers."""
    stem, number, marked = split_number(asset.name)
    if number is None or not marked:
        return []
    folder = asset.path[: -len(asset.name)]
    root = next((one.key for one in stores.roots() if one.name == asset.root), 0)
    start = folder + stem.rpartition(".")[0]
    found = []
    for one in stores.catalog.beginning(root, start, limit=_NUMBERED):
        other, count, told = split_number(one.name)
        beside = one.path == folder + one.name and one.id != asset.id
        if beside and told and count is not None and fold(other) == fold(stem):
            found.append((count, one))
    return found


def _has_history(stores: Stores) -> bool:
    return stores.place.history.exists() and stores.history.head() is not None
