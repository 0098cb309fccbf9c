"""From what a caller has in hand to the asset it means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.asset import Asset, Root
from audobon.model.reference import SCHEME, Reference
from audobon.services.core.roots import owner_of
from audobon.services.core.stores import Stores
from audobon.system.names import text_path

__all__ = ["find", "find_all", "find_ever", "ids_of"]

Ref = str | os.PathLike[str] | Asset

_ID = re.compile(r"[0-9a-f]{32}")


def find(stores: Stores, ref: Ref) -> Asset:
    """The asset that ``ref`` names. NotFound, Conflict or Invalid."""
    asset = find_ever(stores, ref)
    if asset is None or (asset.state == "removed" and not _is_id(ref)):
        raise _unknown(_shown(ref))
    return asset


def _unknown(shown: str) -> NotFound:
    if shown and os.path.isdir(shown):
        return NotFound(
            f"{shown} is a folder, and no asset",
            subject=shown,
            hint=f"name its files, or those that the query path:{Path(shown).name} finds",
        )
    return NotFound(
        f"no asset is known as {shown or repr(shown)}",
        subject=shown,
        hint="add the file first, or search for its name",
    )


def find_all(stores: Stores, refs: Ref | Iterable[Ref]) -> tuple[Asset, ...]:
    """All assets that ``refs`` name, each once; one unknown name refuses the whole call."""
    if isinstance(refs, str | os.PathLike | Asset):
        refs = (refs,)
    seen: dict[str, Asset] = {}
    for ref in refs:
        asset = find(stores, ref)
        seen.setdefault(asset.id, asset)
    if not seen:
        raise Invalid("no asset is given; name at least one")
    return tuple(seen.values())


def ids_of(stores: Stores, refs: Ref | Iterable[Ref]) -> list[str]:
    """The ids of what ``refs`` name, each once. One that is an id already is taken as it is.

    Looking up 100,000 ids one by one takes seconds, and who writes checks all of them at once.
    """
    if isinstance(refs, str | os.PathLike | Asset):
        refs = (refs,)
    ids = dict.fromkeys(
        ref.id
        if isinstance(ref, Asset)
        else (ref if isinstance(ref, str) and _ID.fullmatch(ref) else find(stores, ref).id)
        for ref in refs
    )
    if not ids:
        raise Invalid("no asset is given; name at least one")
    return list(ids)


def find_ever(stores: Stores, ref: Ref) -> Asset | None:
    """Like :func:`find`, but removed assets count and an unknown name gives None."""
    if isinstance(ref, Asset):
        return stores.catalog.get(ref.id)
    text = os.fspath(ref)
    if _ID.fullmatch(text):
        return stores.catalog.get(text)
    if text.startswith(f"{SCHEME}:"):
        reference = Reference.parse(text)
        if reference.library not in (stores.place.id, stores.place.name):
            raise NotFound(f"{text} names another library: {reference.library}", subject=text)
        return _relative(stores, reference.path)
    if Path(text).is_absolute():
        return _absolute(stores, text)
    return _relative(stores, text_path(text).removeprefix("./"))


def _absolute(stores: Stores, path: str) -> Asset | None:
    text = text_path(os.path.abspath(path))
    root = owner_of(text, {root.folder: root for root in stores.roots()})
    return None if root is None else _at(stores, root, text[len(root.folder.rstrip("/")) + 1 :])


def _at(stores: Stores, root: Root, path: str) -> Asset | None:
    """The asset at a path, or the one that was removed from there last."""
    row = stores.catalog.scan(root.key, path).get(path)
    return None if row is None else stores.catalog.by_key([row[0]])[0]


def _relative(stores: Stores, text: str) -> Asset | None:
    found: dict[str, Asset] = {}
    head, slash, tail = text.partition("/")
    for root in stores.roots():
        inside = (text, tail) if slash and root.name == head else (text,)
        for path in inside:
            asset = _at(stores, root, path)
            if asset is not None:
                found[asset.id] = asset
    present = [asset for asset in found.values() if asset.state != "removed"]
    if len(present) > 1:
        places = ", ".join(sorted(f"{asset.root}/{asset.path}" for asset in present))
        raise Conflict(
            f"{text} fits several assets: {places}",
            subject=text,
            hint="put the root's name in front",
        )
    candidates = present or sorted(found.values(), key=lambda asset: asset.key)
    return candidates[-1] if candidates else None


def _is_id(ref: Ref) -> bool:
    return isinstance(ref, Asset) or _ID.fullmatch(os.fspath(ref)) is not None


def _shown(ref: Ref) -> str:
    return f"{ref.root}/{ref.path}" if isinstance(ref, Asset) else os.fspath(ref)
