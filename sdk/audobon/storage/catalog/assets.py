"""Assets as files: known, updated, moved, missing, and found again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from audobon.errors import Conflict, NotFound
from audobon.model.asset import HEADER_ERROR, Asset, Root
from audobon.storage.catalog.colors import learn_again
from audobon.storage.catalog.find import Finding
from audobon.storage.catalog.ids import new_ids
from audobon.storage.catalog.log import Draft, Item, drafting
from audobon.storage.catalog.names import catalog_key, tag_keys
from audobon.storage.catalog.rows import (
    HASHED,
    dump,
    load,
    pack_attributes,
    select_by_key,
    text_of,
)
from audobon.storage.catalog.standing import LEARNT, tell
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.storage.catalog.ondisk import FileUpdate, NewFile

__all__ = ["Assets"]


class Assets(Finding):
    """What the disk says. None of it is undoable: the disk is as it is."""

    def add_root(self, name: str, folder: str) -> Root:
        """A new root. Conflict when its name or its folder is that of another."""
        with self.db.write():
            taken = self.db.one(
                "SELECT name, folder FROM root WHERE name = ? OR folder = ?", (name, folder)
            )
            if taken is not None:
                raise Conflict(
                    f"the root {name!r} at {folder} collides with {taken[0]!r} at {taken[1]}",
                    subject=folder,
                )
            self.db.execute("INSERT INTO root (name, folder) VALUES (?, ?)", (name, folder))
            return Root(self.db.last_key, name, folder)

    def move_root(self, key: int, folder: str) -> Root:
        """Record that a root lies elsewhere now, with all that is in it; no asset changes.

        NotFound for an unknown key, Conflict when the folder is another root's.
        """
        with self.db.write():
            row = self.db.one("SELECT name FROM root WHERE key = ?", (key,))
            if row is None:
                raise NotFound(f"there is no root with the key {key}", subject=str(key))
            other = self.db.value(
                "SELECT name FROM root WHERE folder = ? AND key <> ?", (folder, key)
            )
            if other is not None:
                raise Conflict(f"{folder} is the root {other!r} already", subject=folder)
            self.db.execute("UPDATE root SET folder = ? WHERE key = ?", (folder, key))
            return Root(key, row[0], folder)

    def insert(
        self,
        files: Sequence[NewFile],
        *,
        author: str,
        now: datetime,
        tags: Sequence[str] = (),
        catalog: str | None = None,
    ) -> tuple[Asset, ...]:
        """Make files known as assets, in their order; all of them or, on an error, none.

        Tags and the catalog are made where there are none. Conflict when a
        path or an id is known already; NotFound for an unknown root.
        """
        if not files:
            return ()
        with drafting(self.db, now) as draft:
            self._refuse_known(files)
            tag_list = tag_keys(draft, tags)
            shelf = None if catalog is None else catalog_key(draft, catalog)
            keys = _insert_rows(draft, files, tag_list, shelf)
            draft.items.extend(Item("asset", key) for key in keys)
            draft.finish("add", label="", author=author, undoable=False)
            return select_by_key(self.db, keys)

    def _refuse_known(self, files: Sequence[NewFile]) -> None:
        roots = {root.key for root in self.roots()}
        unknown = sorted({file.root for file in files} - roots)
        if unknown:
            raise NotFound(f"there is no root with the key {unknown[0]}", subject=str(unknown[0]))
        paths = [(file.root, file.path) for file in files]
        ids = [file.id for file in files if file.id is not None]
        known = self.db.value(
            "SELECT a.path FROM json_each(?) j CROSS JOIN asset a "
            "ON a.root = j.value ->> 0 AND a.path = j.value ->> 1 AND a.state <> 'removed'",
            (dump(paths),),
        ) or self.db.value(
            "SELECT id FROM asset WHERE id IN (SELECT value FROM json_each(?))", (dump(ids),)
        )
        if known is None and len(set(paths)) < len(paths):
            known = next(path for _, path in paths if paths.count((_, path)) > 1)
        if known is not None:
            raise Conflict(f"{known} is in the library already", subject=known)

    def update_files(
        self, updates: Sequence[FileUpdate], *, author: str, now: datetime
    ) -> tuple[Asset, ...]:
        """Record new content of known files, which are present (again) with it.

        Tags, rating, note, catalog and attributes given by people stay.
        Conflict when a removed asset's path is another's by now.
        """
        if not updates:
            return ()
        keys = [update.key for update in updates]
        with drafting(self.db, now) as draft:
            self._need(keys)
            db = self.db
            db.many(
                "UPDATE asset SET size = ?, mtime_ns = ?, partial = ?, digest = ?, "
                "state = 'present', updated = ?, seq = ? WHERE key = ?",
                [
                    (u.size, u.mtime_ns, u.partial, u.digest, draft.now, draft.next_seq(), u.key)
                    for u in updates
                ],
            )
            self._header_errors(
                [
                    (u.key, u.header_error)
                    for u in updates
                    if u.facts is None and u.header_error is not None
                ]
            )
            read = [update for update in updates if update.facts is not None]
            mixed = self._mixed([update.key for update in read])
            db.many(
                "UPDATE asset SET kind = ?, format = ?, width = ?, height = ?, facts = ?, "
                "text = ?, attributes = coalesce(?, attributes), mixed = 0 WHERE key = ?",
                [_facts_row(update, mixed) for update in read],
            )
            draft.items.extend(Item("asset", key) for key in keys)
            draft.finish("update", label="", author=author, undoable=False)
            return select_by_key(db, keys)

    def mark_unread(self, rows: Sequence[tuple[int, str]], *, author: str, now: datetime) -> None:
        """Note of known files, by key, why their header cannot be read; it counts as a change."""
        if not rows:
            return
        keys = [key for key, _ in rows]
        with drafting(self.db, now) as draft:
            self._need(keys)
            self._header_errors(rows)
            self.db.many(
                "UPDATE asset SET updated = ?, seq = ? WHERE key = ?",
                [(draft.now, draft.next_seq(), key) for key in keys],
            )
            draft.items.extend(Item("asset", key) for key in keys)
            draft.finish("update", label="", author=author, undoable=False)

    def unread(self) -> tuple[Asset, ...]:
        """Present assets whose header cannot be read, in the order of their keys.

        Looks through all rows: not for every call of a host.
        """
        rows = self.db.rows(
            "SELECT key FROM asset WHERE state = 'present' "
            "AND (instr(facts, ?1) OR (mixed AND instr(attributes, ?1))) ORDER BY key",
            (f'"{HEADER_ERROR}":',),
        )
        found = select_by_key(self.db, [key for (key,) in rows])
        return tuple(asset for asset in found if HEADER_ERROR in asset.attributes)

    def _header_errors(self, rows: Sequence[tuple[int, str]]) -> None:
        path = f"$.{HEADER_ERROR}"
        self.db.many(
            "UPDATE asset SET facts = iif(?2 = '', json_remove(facts, ?1), "
            "json_set(facts, ?1, ?2)) WHERE key = ?3",
            [(path, text_of(text), key) for key, text in rows],
        )

    def touch(self, rows: Sequence[tuple[int, int] | tuple[int, int, bytes]]) -> None:
        """New time stamps of files whose content is proved to be the same.

        A row is ``(key, mtime_ns)`` or ``(key, mtime_ns, partial)``; the
        latter gives an asset that came from the history what it is found
        again by. No change is logged and nothing counts as different.
        """
        if not rows:
            return
        with self.db.write():
            self.db.many(
                "UPDATE asset SET mtime_ns = ?, partial = coalesce(?, partial) WHERE key = ?",
                [(row[1], row[2] if len(row) > 2 else None, row[0]) for row in rows],
            )
            self._seal([row[0] for row in rows if len(row) > 2])

    def set_digests(self, pairs: Sequence[tuple[int, str]]) -> None:
        """Digests ``(key, sha256)`` of files that had not been read in full.

        To learn a digest is no change, so nothing is logged. An asset whose
        digest was another one before counts as different from now on.
        """
        with self.db.write():
            keys = dump([key for key, _ in pairs])
            before: dict[int, str] = dict(
                self.db.rows(
                    "SELECT key, digest FROM asset WHERE key IN (SELECT value FROM json_each(?))",
                    (keys,),
                )
            )
            self.db.many(
                "UPDATE asset SET digest = ? WHERE key = ?",
                [(digest, key) for key, digest in pairs],
            )
            seq = self.clock()
            for key, digest in pairs:
                if before.get(key, "") not in ("", digest):
                    seq += 1
                    self.db.execute("UPDATE asset SET seq = ? WHERE key = ?", (seq, key))
            self.db.execute("UPDATE clock SET seq = ?", (seq,))
            self._seal([key for key, _ in pairs])
            learnt = {digest for key, digest in pairs if not before.get(key)}
            if learnt:
                tell(self.db, LEARNT)
            learn_again(self.db, learnt)

    def _seal(self, keys: Sequence[int]) -> None:
        self.db.execute(
            f"UPDATE asset SET check_hash = row_hash({HASHED}) "
            "WHERE key IN (SELECT value FROM json_each(?))",
            (dump(keys),),
        )

    def move(
        self, moves: Sequence[tuple[int, int, str, int]], *, author: str, now: datetime
    ) -> tuple[Asset, ...]:
        """Record new places of files as ``(key, root key, path, mtime_ns)``; they are present.

        Files may trade places within one call. Conflict when a place is that
        of an asset that does not move.
        """
        if not moves:
            return ()
        keys = [key for key, *_ in moves]
        with drafting(self.db, now) as draft:
            self._need(keys)
            # First out of the way: the places are unique at every single step.
            self.db.many(
                "UPDATE asset SET path = char(0) || key, state = 'present' WHERE key = ?",
                [(key,) for key in keys],
            )
            for _, root, path, _ in moves:
                if self.scan(root, path).get(path, (0, 0, 0, "removed"))[3] != "removed":
                    raise Conflict(f"{path} is another asset's place", subject=path)
            self.db.many(
                "UPDATE asset SET root = ?, path = ?, path_fold = ?, mtime_ns = ?, updated = ?, "
                "seq = ? WHERE key = ?",
                [
                    (root, path, fold(path), mtime_ns, draft.now, draft.next_seq(), key)
                    for key, root, path, mtime_ns in moves
                ],
            )
            draft.items.extend(Item("asset", key) for key in keys)
            draft.finish("move", label="", author=author, undoable=False)
            return select_by_key(self.db, keys)

    def mark_missing(self, keys: Sequence[int], *, author: str, now: datetime) -> None:
        """Note that the files of present assets are gone; others are left alone."""
        self._mark(keys, "present", "missing", kind="missing", author=author, now=now)

    def mark_present(self, keys: Sequence[int], *, author: str, now: datetime) -> None:
        """Note that files of missing assets are back, unchanged; others are left alone."""
        self._mark(keys, "missing", "present", kind="update", author=author, now=now)

    def _mark(
        self, keys: Sequence[int], old: str, new: str, *, kind: str, author: str, now: datetime
    ) -> None:
        with drafting(self.db, now) as draft:
            rows = self.db.rows(
                "SELECT key FROM asset WHERE key IN (SELECT value FROM json_each(?)) "
                "AND state = ? ORDER BY key",
                (dump(keys), old),
            )
            if not rows:
                return
            self.db.many(
                "UPDATE asset SET state = ?, updated = ?, seq = ? WHERE key = ?",
                [(new, draft.now, draft.next_seq(), key) for (key,) in rows],
            )
            draft.items.extend(Item("asset", key) for (key,) in rows)
            draft.finish(kind, label="", author=author, undoable=False)

    def _need(self, keys: Sequence[int]) -> None:
        known = {
            key
            for (key,) in self.db.rows(
                "SELECT key FROM asset WHERE key IN (SELECT value FROM json_each(?))",
                (dump(keys),),
            )
        }
        for key in keys:
            if key not in known:
                raise NotFound(f"there is no asset with the key {key}", subject=str(key))

    def _mixed(self, keys: Sequence[int]) -> dict[int, str]:
        return dict(
            self.db.rows(
                "SELECT key, attributes FROM asset WHERE mixed = 1 "
                "AND key IN (SELECT value FROM json_each(?))",
                (dump(keys),),
            )
        )


def _insert_rows(
    draft: Draft, files: Sequence[NewFile], tags: Sequence[tuple[int, str]], catalog: int | None
) -> list[int]:
    ids = new_ids(draft.now, len(files))
    first = (draft.db.value("SELECT seq FROM sqlite_sequence WHERE name = 'asset'") or 0) + 1
    keys = list(range(first, first + len(files)))
    draft.db.many(
        "INSERT INTO asset (key, id, root, path, size, mtime_ns, state, seq, path_fold, kind, "
        "format, partial, digest, width, height, catalog, added, updated, facts, text) "
        "VALUES (?, ?, ?, ?, ?, ?, 'present', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                key,
                file.id or ident,
                file.root,
                file.path,
                file.size,
                file.mtime_ns,
                draft.next_seq(),
                fold(file.path),
                file.facts.kind,
                file.facts.format,
                file.partial,
                file.digest,
                file.facts.width,
                file.facts.height,
                catalog,
                draft.now,
                draft.now,
                pack_attributes(file.facts.attributes),
                text_of(file.facts.text),
            )
            for key, ident, file in zip(keys, ids, files, strict=True)
        ),
    )
    draft.db.many(
        "INSERT INTO asset_tag VALUES (?, ?)", ((key, tag) for key in keys for tag, _ in tags)
    )
    return keys


def _facts_row(update: FileUpdate, mixed: dict[int, str]) -> tuple[object, ...]:
    facts = update.facts
    assert facts is not None
    own = None
    if update.key in mixed:
        # The row came from the history, which keeps facts and people's
        # attributes in one: what the file says itself is not people's.
        own = dump(
            {
                name: value
                for name, value in load(mixed[update.key]).items()
                if name not in facts.attributes and name != HEADER_ERROR
            }
        )
    return (
        facts.kind,
        facts.format,
        facts.width,
        facts.height,
        pack_attributes(facts.attributes),
        text_of(facts.text),
        own,
        update.key,
    )
