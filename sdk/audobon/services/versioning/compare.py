"""The difference between two revisions, or between one and the library as it is now."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from audobon.codec.manifest import Manifest, asset_manifest, parse_manifest
from audobon.model.asset import Asset, AttributeValue
from audobon.model.version import WORKING, Diff, DiffEntry, FieldChange, Pointer
from audobon.services.core.fingerprint import content_digest
from audobon.services.core.stores import Stores
from audobon.services.files.known import away_roots, is_away, known_files
from audobon.services.files.scan import Found, stat_file
from audobon.storage.history import manifest_path

__all__ = ["ASSETS", "Pair", "committed_mark", "compare", "current_manifest", "id_of", "text_of"]

ASSETS = b".audobon/assets"
"""The folder of manifests in a version's tree."""

_FIELDS = ("rating", "catalog", "tags", "note", "kind", "format", "width", "height")
"""Fields shown by name; attributes are shown one by one, the rest follows from the bytes."""

Pair = tuple[Manifest | None, Manifest | None]
"""An asset before and after; None where it is not in the library."""


def committed_mark(branch: str) -> str:
    """The catalog's key for how far a branch has its changes committed."""
    return f"committed:{branch}"


def id_of(path: bytes) -> str:
    """The asset id that a manifest's path in the tree names."""
    return path.rpartition(b"/")[2].removesuffix(b".json").decode()


def compare(stores: Stores, a: str, b: str, *, asset: Asset | None) -> Diff:
    """What changed from ``a`` to ``b``; ``b`` may be WORKING. NotFound for an unknown revision."""
    history = stores.history
    start = history.resolve(a)
    end = WORKING if b == WORKING else history.resolve(b)
    pairs = _working_pairs(stores, start) if b == WORKING else _pairs(stores, start, end)
    entries = [
        entry
        for before, after in pairs
        if (entry := _entry(before, after)) is not None
        and (asset is None or entry.asset_id == asset.id)
    ]
    return Diff(start, end, tuple(sorted(entries, key=lambda entry: (entry.path, entry.asset_id))))


def _pairs(stores: Stores, a: str, b: str) -> Iterator[Pair]:
    history = stores.history
    for change in history.changed(a, b, prefix=ASSETS):
        yield (
            None if change.old is None else parse_manifest(history.blob(change.old)),
            None if change.new is None else parse_manifest(history.blob(change.new)),
        )


def _working_pairs(stores: Stores, a: str) -> Iterator[Pair]:
    """Only assets that can differ are looked at: changed since, edited, or touched on disk."""
    history, catalog = stores.history, stores.catalog
    mark = int(catalog.meta(committed_mark(history.current_branch())) or 0)
    ids = {asset.id for asset in catalog.dirty(mark)}
    head = history.head()
    if head is not None and head != a:
        ids.update(id_of(change.path) for change in history.changed(a, head, prefix=ASSETS))
    ids.update(_touched(stores))
    paths = [manifest_path(ident) for ident in ids]
    before = history.read_many(a, paths)
    for ident, path in zip(ids, paths, strict=True):
        data = before.get(path)
        yield None if data is None else parse_manifest(data), _now(stores, ident)


def _touched(stores: Stores) -> Iterator[str]:
    """Ids of assets whose file is not as the catalog recorded it."""
    away = away_roots(stores)
    keys = [
        key
        for root, _, (key, size, mtime_ns, state), found in known_files(stores)
        if state == "present"
        and root.key not in away
        and (
            (found.size, found.mtime_ns) != (size, mtime_ns)
            if isinstance(found, Found)
            else found.gone
        )
    ]
    for asset in stores.catalog.by_key(keys):
        yield asset.id


def current_manifest(stores: Stores, asset: Asset) -> Manifest:
    """The manifest of an asset with its relationships and decisions, as the catalog knows them."""
    edges = tuple((edge.kind, edge.dst) for edge in stores.catalog.related(asset.id))
    return asset_manifest(asset, edges, stores.catalog.decisions(asset.id))


def _now(stores: Stores, ident: str) -> Manifest | None:
    """The manifest that a version made now would hold."""
    asset = stores.catalog.get(ident)
    if asset is None or asset.state == "removed":
        return None
    found = stat_file(asset.file)
    if not isinstance(found, Found):
        if asset.state == "remote" or not found.gone or _is_away(stores, asset):
            return current_manifest(stores, asset)
        asset = attrs.evolve(asset, state="missing")
    elif not asset.digest or (found.size, found.mtime_ns) != (asset.size, asset.mtime_ns):
        digest, info = content_digest(found.path)
        asset = attrs.evolve(asset, size=info.st_size, digest=digest, state="present")
    return current_manifest(stores, asset)


def _is_away(stores: Stores, asset: Asset) -> bool:
    return any(root.name == asset.root and is_away(stores, root) for root in stores.roots())


def _entry(before: Manifest | None, after: Manifest | None) -> DiffEntry | None:
    old = before if before is not None and before.state == "present" else None
    new = after if after is not None and after.state == "present" else None
    if old is None and new is None:
        return None
    shown = new or old
    assert shown is not None
    pointers = (_pointer(old), _pointer(new))
    if old is None or new is None:
        status = "added" if old is None else "removed"
        return DiffEntry(shown.id, _path(shown), status, None, *pointers)
    fields = tuple(_field_changes(old, new))
    moved = _path(old) != _path(new)
    if not fields and not moved and pointers[0] == pointers[1]:
        return None
    status = "moved" if moved and pointers[0] == pointers[1] else "modified"
    return DiffEntry(
        new.id, _path(new), status, _path(old) if moved else None, *pointers, fields=fields
    )


def _path(manifest: Manifest) -> str:
    return f"{manifest.root}/{manifest.path}"


def _pointer(manifest: Manifest | None) -> Pointer | None:
    return None if manifest is None else Pointer(manifest.digest, manifest.size)


def _field_changes(old: Manifest, new: Manifest) -> Iterator[FieldChange]:
    for name in _FIELDS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield FieldChange(name, text_of(before), text_of(after))
    for name in sorted({*old.attributes, *new.attributes}):
        was, now = old.attributes.get(name), new.attributes.get(name)
        if was != now:
            yield FieldChange(f"attributes.{name}", text_of(was), text_of(now))
    if old.relationships != new.relationships:
        yield FieldChange(
            "relationships",
            text_of(tuple(f"{kind} {other}" for kind, other in old.relationships)),
            text_of(tuple(f"{kind} {other}" for kind, other in new.relationships)),
        )
    if old.decisions != new.decisions:
        yield FieldChange("decisions", _said(old), _said(new))


def _said(manifest: Manifest) -> str:
    return text_of(tuple(f"{each.verdict} {each.tag}" for each in manifest.decisions))


def text_of(value: AttributeValue | None) -> str:
    """A value of metadata as people read it; empty where there is none."""
    if value is None:
        return ""
    return ", ".join(value) if isinstance(value, tuple) else str(value)
