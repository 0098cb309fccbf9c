"""Where each chunk and recipe lies: SQLite, made from the packs' trailers.

Nothing here is truth. The packs are; whatever is missing, damaged or behind
is made again from them. A row says that a pack claims to hold a chunk; the
bytes are proved when they are read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.errors import Corrupt, Unsupported
from audobon.storage.chunks.layout import KIND_CHUNKS, KIND_RECIPES, PACK_SUFFIX, Group
from audobon.storage.sqlite import Database, Key, connect

__all__ = ["ChunkIndex", "ChunkPlace", "GroupPlace", "RecipePlace", "pack_names"]

_SCHEMA_VERSION = 2

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS pack(no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " size INTEGER NOT NULL, reason TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS grp(no INTEGER PRIMARY KEY, pack INTEGER NOT NULL,"
    " number INTEGER NOT NULL, kind INTEGER NOT NULL, codec INTEGER NOT NULL,"
    " offset INTEGER NOT NULL, stored INTEGER NOT NULL, raw INTEGER NOT NULL,"
    " checksum BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS grp_pack ON grp(pack)",
    "CREATE TABLE IF NOT EXISTS chunk(id BLOB PRIMARY KEY, grp INTEGER NOT NULL,"
    " start INTEGER NOT NULL, length INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS recipe(digest BLOB PRIMARY KEY, grp INTEGER NOT NULL,"
    " start INTEGER NOT NULL, length INTEGER NOT NULL, size INTEGER NOT NULL,"
    " rank INTEGER NOT NULL) WITHOUT ROWID",
    # Files whose recipe is there while some of their chunks are not.
    "CREATE TABLE IF NOT EXISTS incomplete(digest BLOB PRIMARY KEY) WITHOUT ROWID",
    # Packs that were collected and whose files may still be there for a moment: unlike what is
    # only not known yet, nobody takes them in again. Outlives a rebuild on purpose.
    "CREATE TABLE IF NOT EXISTS condemned(name TEXT PRIMARY KEY) WITHOUT ROWID",
)
_TABLES = ("pack", "grp", "chunk", "recipe", "incomplete")

# One statement serves every batch when the number of its parameters is fixed.
# 64 ids are what one window of the chunker holds.
_BATCH = 64
_MARKS = ",".join("?" * _BATCH)


@frozen(slots=True)
class GroupPlace:
    """Where a group's stored bytes lie. ``number`` counts the groups of its pack from 0."""

    no: int
    pack: str
    number: int
    kind: int
    codec: int
    offset: int
    stored: int
    raw: int
    checksum: bytes

    @property
    def key(self) -> tuple[str, int]:
        """What names the group for ever; ``no`` changes when the index is rebuilt."""
        return self.pack, self.number


@frozen(slots=True)
class ChunkPlace:
    """A chunk in group ``group`` (:attr:`GroupPlace.no`), from ``start`` on, when decompressed."""

    group: int
    start: int
    length: int


@frozen(slots=True)
class RecipePlace:
    """A recipe record in its group, and the size of the file that it rebuilds."""

    group: GroupPlace
    start: int
    length: int
    size: int


def pack_names(folder: Path) -> list[str]:
    """The names, without suffix and in order, of the packs that lie in ``folder``."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    return sorted(n.removesuffix(PACK_SUFFIX) for n in names if n.endswith(PACK_SUFFIX))


def _batches(keys: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(keys), _BATCH):
        part = tuple(keys[start : start + _BATCH])
        yield part + part[-1:] * (_BATCH - len(part))


class ChunkIndex:
    """The pack index in one SQLite file. Every method that writes is one transaction."""

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        immutable: bool = False,
        key: Key | None = None,
    ) -> None:
        self._db: Database = connect(path, read_only=read_only, immutable=immutable, key=key)
        try:
            if not (read_only or immutable):
                self._prepare()
            elif self._version() != _SCHEMA_VERSION:
                raise Unsupported(f"{path.name} has the tables of another version")
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    def is_damaged(self) -> bool:
        """Whether SQLite finds fault with its file; reads all of it."""
        try:
            return str(self._db.value("PRAGMA integrity_check(1)")) != "ok"
        except Corrupt:
            return True

    def _version(self) -> int:
        return int(self._db.value("PRAGMA user_version") or 0)

    def _prepare(self) -> None:
        if self._version() == _SCHEMA_VERSION:
            return
        with self._db.write():
            # Another version's tables are no migration's business: this is derived.
            for table in _TABLES:
                self._db.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in _SCHEMA:
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")

    # What is there

    def known(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those of ``ids`` that some pack holds."""
        found: set[bytes] = set()
        for batch in _batches(ids):
            rows = self._db.rows(f"SELECT id FROM chunk WHERE id IN ({_MARKS})", batch)
            found.update(row[0] for row in rows)
        return found

    def locate(self, ids: Sequence[bytes]) -> tuple[dict[bytes, ChunkPlace], dict[int, GroupPlace]]:
        """Where those of ``ids`` lie that are known, and the groups in which they lie."""
        sql = f"SELECT id, grp, start, length FROM chunk WHERE id IN ({_MARKS})"
        with self._db.read():  # another process may renumber the groups in between
            places = {
                row[0]: ChunkPlace(row[1], row[2], row[3])
                for batch in _batches(ids)
                for row in self._db.rows(sql, batch)
            }
            return places, self._groups(list({place.group for place in places.values()}))

    def _groups(self, numbers: Sequence[int]) -> dict[int, GroupPlace]:
        sql = (
            "SELECT g.no, p.name, g.number, g.kind, g.codec, g.offset, g.stored, g.raw,"
            f" g.checksum FROM grp g JOIN pack p ON p.no = g.pack WHERE g.no IN ({_MARKS})"
        )
        return {
            row[0]: GroupPlace(*row)
            for batch in _batches(numbers)
            for row in self._db.rows(sql, batch)
        }

    def groups_of(self, pack: str) -> tuple[GroupPlace, ...]:
        """The groups that the index knows of a pack, in order; empty when it knows none."""
        rows = self._db.rows(
            "SELECT g.no, p.name, g.number, g.kind, g.codec, g.offset, g.stored, g.raw,"
            " g.checksum FROM grp g JOIN pack p ON p.no = g.pack WHERE p.name = ?"
            " ORDER BY g.number",
            (pack,),
        )
        return tuple(GroupPlace(*row) for row in rows)

    def items_of(self, group: GroupPlace) -> list[tuple[bytes, int, int, int]]:
        """(id, length, size, rank) of the items that live in ``group``, in order."""
        if group.kind == KIND_CHUNKS:
            sql = "SELECT id, length, 0, 0 FROM chunk WHERE grp = ? ORDER BY start"
        else:
            sql = "SELECT digest, length, size, rank FROM recipe WHERE grp = ? ORDER BY start"
        return [tuple(row) for row in self._db.rows(sql, (group.no,))]

    def recipe(self, digest: bytes) -> RecipePlace | None:
        with self._db.read():
            row = self._db.one(
                "SELECT grp, start, length, size FROM recipe WHERE digest = ?", (digest,)
            )
            if row is None:
                return None
            return RecipePlace(self._groups((row[0],))[row[0]], *row[1:])

    def places(self, digests: Sequence[bytes]) -> dict[bytes, tuple[str, int, int]]:
        """Pack, number of the group and start in it of the recipes of those that have one."""
        sql = (
            "SELECT r.digest, p.name, g.number, r.start FROM recipe r"
            f" JOIN grp g ON g.no = r.grp JOIN pack p ON p.no = g.pack WHERE digest IN ({_MARKS})"
        )
        rows = (row for batch in _batches(digests) for row in self._db.rows(sql, batch))
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def size(self, digest: bytes) -> int | None:
        """The size of a file that has a recipe."""
        size = self._db.value("SELECT size FROM recipe WHERE digest = ?", (digest,))
        return None if size is None else int(size)

    def rank(self, digest: bytes) -> int | None:
        """The rank of the recipe that counts, None when the file has none."""
        rank = self._db.value("SELECT rank FROM recipe WHERE digest = ?", (digest,))
        return None if rank is None else int(rank)

    def whole(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those of ``digests`` that have a recipe and all their chunks."""
        sql = (
            f"SELECT digest FROM recipe WHERE digest IN ({_MARKS})"
            " AND digest NOT IN (SELECT digest FROM incomplete)"
        )
        return {row[0] for batch in _batches(digests) for row in self._db.rows(sql, batch)}

    def digests(self, *, incomplete: bool = False) -> Iterator[bytes]:
        """All files that have a recipe, or those alone that lack chunks, in order.

        Pages through the table, so that no read transaction outlives a step.
        """
        table = "incomplete" if incomplete else "recipe"
        last = b""
        while page := list(
            self._db.rows(
                f"SELECT digest FROM {table} WHERE digest > ? ORDER BY digest LIMIT 1000", (last,)
            )
        ):
            yield from (row[0] for row in page)
            last = page[-1][0]

    def packs(self) -> dict[str, tuple[int, str]]:
        """(size, why it is refused or empty) of every pack, by name."""
        return {
            row[0]: (row[1], row[2]) for row in self._db.rows("SELECT name, size, reason FROM pack")
        }

    def condemned(self) -> set[str]:
        """Packs that are not to be taken in, should their files still be there."""
        return {row[0] for row in self._db.rows("SELECT name FROM condemned")}

    def items(self) -> Iterator[tuple[int, int, bytes, int]]:
        """(kind, group's ``no``, id, length) of every chunk and every recipe that counts."""
        for kind, sql in (
            (KIND_CHUNKS, "SELECT grp, id, length FROM chunk"),
            (KIND_RECIPES, "SELECT grp, digest, length FROM recipe"),
        ):
            for row in self._db.rows(sql):
                yield kind, row[0], row[1], row[2]

    def all_groups(self) -> Iterator[GroupPlace]:
        """Every group of every pack."""
        sql = (
            "SELECT g.no, p.name, g.number, g.kind, g.codec, g.offset, g.stored, g.raw,"
            " g.checksum FROM grp g JOIN pack p ON p.no = g.pack"
        )
        return (GroupPlace(*row) for row in self._db.rows(sql))

    def totals(self) -> tuple[int, int, int, int, int]:
        """(files, chunks, packs, size of all files, size of all packs)."""
        files, raw = self._row("SELECT count(*), total(size) FROM recipe")
        packs, stored = self._row("SELECT count(*), total(size) FROM pack")
        (chunks,) = self._row("SELECT count(*) FROM chunk")
        return int(files), int(chunks), int(packs), int(raw), int(stored)

    def _row(self, sql: str) -> tuple[Any, ...]:
        row = self._db.one(sql)
        return tuple(row) if row is not None else ()

    # What changes it

    def add(self, packs: Iterable[tuple[str, int, Sequence[Group], str]]) -> None:
        """Take in packs as (name, size, groups, why it is refused); known ones are left alone."""
        with self._db.write():
            for name, size, groups, reason in packs:
                _add_pack(self._db, name, size, groups, reason)

    def replace(self, packs: Iterable[tuple[str, int, Sequence[Group], str]]) -> None:
        """Forget everything and take in ``packs`` instead, in one transaction."""
        with self._db.write():
            for table in _TABLES:
                self._db.execute(f"DELETE FROM {table}")
            for name, size, groups, reason in packs:
                _add_pack(self._db, name, size, groups, reason)

    def exchange(
        self,
        new: Iterable[tuple[str, int, Sequence[Group], str]],
        old: Sequence[str],
        expired: Sequence[bytes],
    ) -> None:
        """Let ``new`` packs stand for ``old`` ones, and forget ``expired`` files; one transaction.

        The old packs are condemned: their files may be removed from now on. A new one may be
        known already, from a run that was killed before it came here: its rows are made anew,
        because until now an old pack was the home of what is in it.
        """
        new = list(new)
        with self._db.write():
            self._db.many("DELETE FROM recipe WHERE digest = ?", [(one,) for one in expired])
            self._db.many("DELETE FROM incomplete WHERE digest = ?", [(one,) for one in expired])
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS leaving(no INTEGER PRIMARY KEY)")
            self._db.execute("DELETE FROM leaving")
            leaving = [*old, *(name for name, _, _, _ in new)]
            for name in leaving:
                self._db.execute(
                    "INSERT INTO leaving SELECT g.no FROM grp g JOIN pack p ON p.no = g.pack"
                    " WHERE p.name = ?",
                    (name,),
                )
            for table in ("chunk", "recipe"):
                self._db.execute(f"DELETE FROM {table} WHERE grp IN (SELECT no FROM leaving)")
            self._db.execute("DELETE FROM grp WHERE no IN (SELECT no FROM leaving)")
            self._db.many("DELETE FROM pack WHERE name = ?", [(name,) for name in leaving])
            self._db.many("INSERT OR IGNORE INTO condemned VALUES (?)", [(name,) for name in old])
            for name, size, groups, reason in new:
                _add_pack(self._db, name, size, groups, reason)

    def vacuum(self) -> None:
        """Write the file anew, so that nothing is left in it of rows that are gone."""
        self._db.vacuum()

    def pardon(self, names: Iterable[str]) -> None:
        """Forget of condemned packs; the caller knows that their files are gone."""
        with self._db.write():
            self._db.many("DELETE FROM condemned WHERE name = ?", [(name,) for name in names])

    def check(
        self, digests: Iterable[bytes], ids_of: Callable[[bytes], Sequence[bytes] | None]
    ) -> None:
        """Note for each file whether all its chunks are there.

        ``ids_of`` reads the chunk ids of a recipe, None when it cannot be read.
        """
        for batch in _pages(digests, 1000):
            lacking: list[tuple[bytes]] = []
            whole: list[tuple[bytes]] = []
            for digest in batch:
                ids = ids_of(digest)
                sound = ids is not None and self.known(ids) >= set(ids)
                (whole if sound else lacking).append((digest,))
            with self._db.write():
                self._db.many("INSERT OR IGNORE INTO incomplete VALUES (?)", lacking)
                self._db.many("DELETE FROM incomplete WHERE digest = ?", whole)


def _pages(items: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    source = iter(items)
    while page := list(islice(source, size)):
        yield page


def _add_pack(db: Database, name: str, size: int, groups: Sequence[Group], reason: str) -> None:
    if db.value("SELECT 1 FROM pack WHERE name = ?", (name,)):
        return
    db.execute("DELETE FROM condemned WHERE name = ?", (name,))  # its bytes are stored again
    db.execute("INSERT INTO pack(name, size, reason) VALUES (?, ?, ?)", (name, size, reason))
    pack = db.value("SELECT no FROM pack WHERE name = ?", (name,))
    first = int(db.value("SELECT coalesce(max(no), 0) FROM grp")) + 1
    rows, chunks, recipes = [], [], []
    for number, group in enumerate(groups):
        no = first + number
        place = (group.offset, group.stored, group.raw, group.checksum)
        rows.append((no, pack, number, group.kind, group.codec, *place))
        if group.kind == KIND_CHUNKS:
            chunks += [(item, no, start, length) for item, start, length in group.items()]
        else:
            recipes += [
                (item, no, start, length, *extra)
                for (item, start, length), extra in zip(group.items(), group.extra, strict=True)
            ]
    db.many("INSERT INTO grp VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    # In key order the B-tree is walked once instead of once for each row.
    db.many("INSERT OR IGNORE INTO chunk VALUES (?, ?, ?, ?)", sorted(chunks))
    db.many(
        "INSERT INTO recipe VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT(digest) DO UPDATE SET"
        " grp = excluded.grp, start = excluded.start, length = excluded.length,"
        " size = excluded.size, rank = excluded.rank WHERE excluded.rank > recipe.rank",
        sorted(recipes),
    )
