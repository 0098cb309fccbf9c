"""Assets from manifests: after the catalog was lost, or to make it as a version was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from audobon.errors import Conflict, NotFound
from audobon.storage.catalog.apply import find_tag
from audobon.storage.catalog.log import Draft, Item, Part, drafting
from audobon.storage.catalog.names import catalog_key, tag_keys
from audobon.storage.catalog.rows import LEFT, dump, load, micros, pack_attributes, text_of
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.codec.manifest import Manifest
    from audobon.model.change import Change
    from audobon.storage.sqlite import Row

__all__ = ["Rebuilding"]


class Rebuilding(Part):
    """Assets as manifests describe them."""

    def import_assets(
        self, manifests: Iterable[Manifest], *, author: str, now: datetime, label: str = ""
    ) -> Change:
        """Make assets be exactly as their manifests say, known by their ids; others stay.

        One change, not undoable. Tags and catalogs are made where there are
        none. Relationships and decisions become exactly those of the manifest;
        an edge whose other end is unknown after all were read is left out, as
        are verdicts that a newer version may know. A file whose
        digest differs from the recorded one counts as not looked at, so the
        next scan reads it. NotFound for a root that is not there by its name,
        Conflict when a path belongs to an asset outside ``manifests``.
        """
        wanted = list({manifest.id: manifest for manifest in manifests}.values())
        with drafting(self.db, now) as draft:
            rebuild = _Rebuild(draft, wanted)
            rebuild.rows()
            rebuild.tags()
            rebuild.edges()
            rebuild.decisions()
            return draft.finish(
                "update" if rebuild.known else "add", label=label, author=author, undoable=False
            )


class _Rebuild:
    def __init__(self, draft: Draft, manifests: Sequence[Manifest]) -> None:
        self._draft = draft
        self._db = draft.db
        self._manifests = manifests
        ids = dump([manifest.id for manifest in manifests])
        self.known: dict[str, Row] = {
            row[0]: row[1:]
            for row in self._db.rows(
                "SELECT id, key, size, mtime_ns, partial, digest, facts FROM asset "
                "WHERE id IN (SELECT value FROM json_each(?))",
                (ids,),
            )
        }
        self._roots: dict[str, int] = dict(self._db.rows("SELECT name, key FROM root"))
        paths = sorted({m.catalog for m in manifests if m.catalog is not None})
        self._catalogs = {path: catalog_key(draft, path) for path in paths}
        self._keys: dict[str, int] = {}

    def rows(self) -> None:
        draft, db = self._draft, self._db
        for manifest in self._manifests:
            if manifest.root not in self._roots:
                raise NotFound(f"there is no root {manifest.root!r}", subject=manifest.root)
        # First out of the way: assets may trade places.
        db.many(
            "UPDATE asset SET path = char(0) || key WHERE key = ?",
            [(row[0],) for row in self.known.values()],
        )
        self._refuse_taken()
        last = db.value("SELECT seq FROM sqlite_sequence WHERE name = 'asset'") or 0
        rows = []
        for manifest in self._manifests:
            known = self.known.get(manifest.id)
            if known is None:
                last += 1
            key = last if known is None else known[0]
            self._keys[manifest.id] = key
            rows.append(self._row(manifest, key, known))
        db.many(_UPSERT, rows)
        draft.items.extend(Item("asset", key) for key in self._keys.values())

    def _refuse_taken(self) -> None:
        places = [
            (self._roots[manifest.root], manifest.path)
            for manifest in self._manifests
            if manifest.state != "removed"
        ]
        taken = self._db.value(
            "SELECT a.path FROM json_each(?) j CROSS JOIN asset a "
            "ON a.root = j.value ->> 0 AND a.path = j.value ->> 1 AND a.state <> 'removed'",
            (dump(places),),
        )
        if taken is None and len(set(places)) < len(places):
            taken = next(path for root, path in places if places.count((root, path)) > 1)
        if taken is not None:
            raise Conflict(f"{taken} belongs to another asset", subject=taken)

    def _row(self, manifest: Manifest, key: int, known: Row | None) -> tuple[object, ...]:
        draft = self._draft
        size, mtime_ns, partial, facts = manifest.size, 0, b"", "{}"
        own = pack_attributes(manifest.attributes)
        mixed = 1
        if known is not None and known[4] == manifest.digest:
            _, size, mtime_ns, partial, _, facts = known
            own, mixed = _own(load(facts), load(own)), 0
        if manifest.state == "removed":
            mtime_ns = LEFT
        return (
            key,
            manifest.id,
            self._roots[manifest.root],
            manifest.path,
            size,
            mtime_ns,
            manifest.state,
            draft.next_seq(),
            fold(manifest.path),
            manifest.kind,
            manifest.format,
            partial,
            manifest.digest,
            manifest.width,
            manifest.height,
            manifest.rating,
            None if manifest.catalog is None else self._catalogs[manifest.catalog],
            micros(manifest.added),
            draft.now,
            facts,
            own,
            mixed,
            text_of(manifest.note),
            text_of(manifest.text),
        )

    def tags(self) -> None:
        names = sorted({name for manifest in self._manifests for name in manifest.tags})
        keys = {name: tag_keys(self._draft, [name])[0][0] for name in names}
        self._clear("asset_tag", "asset")
        self._db.many(
            "INSERT OR IGNORE INTO asset_tag VALUES (?, ?)",
            [(self._keys[m.id], keys[name]) for m in self._manifests for name in m.tags],
        )

    def edges(self) -> None:
        self._clear("relationship", "src")
        self._db.many(
            "INSERT OR IGNORE INTO relationship SELECT ?, ?, key FROM asset WHERE id = ?",
            [
                (self._keys[m.id], kind, dst)
                for m in self._manifests
                for kind, dst in m.relationships
            ],
        )

    def decisions(self) -> None:
        from audobon.model.suggestion import VERDICTS

        self._clear("decision", "asset")
        rows = [
            (self._keys[m.id], each.tag, each.verdict, each.component, each.score)
            for m in self._manifests
            for each in m.decisions
            if each.verdict in VERDICTS
        ]
        keys = {tag: find_tag(self._db, tag) or 0 for tag in {row[1] for row in rows}}
        self._db.many(
            "INSERT OR REPLACE INTO decision (asset, fold, word, tag, verdict, component, score) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(key, fold(tag), tag, keys[tag], *said) for key, tag, *said in rows],
        )

    def _clear(self, table: str, column: str) -> None:
        self._db.execute(
            f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",
            (dump([row[0] for row in self.known.values()]),),
        )


def _own(facts: dict[str, Any], merged: dict[str, Any]) -> str:
    """What people must have given for facts and theirs to make ``merged`` together."""
    own = {name: value for name, value in merged.items() if facts.get(name) != value}
    own.update({name: None for name in facts if name not in merged})
    return dump(own)


_COLUMNS = (
    *("key", "id", "root", "path", "size", "mtime_ns", "state", "seq", "path_fold", "kind"),
    *("format", "partial", "digest", "width", "height", "rating", "catalog", "added", "updated"),
    *("facts", "attributes", "mixed", "note", "text"),
)
_UPSERT = (
    f"INSERT INTO asset ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    "ON CONFLICT (key) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
)
