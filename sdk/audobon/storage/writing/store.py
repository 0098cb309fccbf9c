"""Texts of pictures in one SQLite file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from audobon.storage.sqlite import Database, DerivedFile, Key, Row

__all__ = ["LONGEST", "VERSION", "WritingStore"]

VERSION = 1
LONGEST = 8_192
"""Characters of one text: as much as a file may say of itself."""

_GATHERED = ""
"""Stands where a digest does, once what was computed before is in the file too: not in one that
was deleted, or begun anew because it was damaged."""

_SCHEMA = ("CREATE TABLE writing(digest TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",)


class WritingStore:
    """Texts by the sha256 of the file, in hex. For several threads and processes.

    An empty text says that nothing is written there. Reading never raises.
    """

    def __init__(
        self, path: Path, *, base: Path, read_only: bool = False, key: Key | None = None
    ) -> None:
        """The store at ``path``; its folder is made below ``base``, which is never made."""
        self.path = path
        self._file = DerivedFile(path, _SCHEMA, VERSION, base=base, read_only=read_only, key=key)

    def put(self, texts: Mapping[str, str]) -> tuple[str, ...]:
        """Keep texts by digest, in one transaction; those that are other ones than before.

        DiskFull, Busy, ReadOnly, NotFound, Unavailable.
        """
        cut = {digest: text[:LONGEST] for digest, text in texts.items()}
        known = self.of(cut)
        new = {digest: text for digest, text in cut.items() if known.get(digest) != text}
        if new:
            sql = "INSERT OR REPLACE INTO writing VALUES (?, ?)"
            self._file.change(lambda db: db.many(sql, list(new.items())))
        return tuple(digest for digest, text in new.items() if text or known.get(digest))

    def of(self, digests: Collection[str]) -> dict[str, str]:
        """The texts of these contents, as far as they are known."""
        wanted = json.dumps([digest for digest in digests if digest])
        sql = "SELECT digest, text FROM writing WHERE digest IN (SELECT value FROM json_each(?))"

        def asked(db: Database) -> list[Row]:
            return db.rows(sql, (wanted,))

        nothing: list[Row] = []
        return dict(self._file.ask(asked, nothing))

    def gathered(self) -> bool:
        """Whether :meth:`note_gathered` was called since the file was made."""
        sql = "SELECT count(*) FROM writing WHERE digest = ?"
        return bool(self._file.ask(lambda db: db.value(sql, (_GATHERED,)), 0))

    def note_gathered(self) -> None:
        """Remember that the results that were kept have been looked through."""
        sql = "INSERT OR REPLACE INTO writing VALUES (?, '')"
        self._file.change(lambda db: db.execute(sql, (_GATHERED,)))

    def names(self, after: str, limit: int) -> list[str]:
        """The next digests after one, in their order."""
        sql = "SELECT digest FROM writing WHERE digest > ? ORDER BY digest LIMIT ?"
        nothing: list[Row] = []
        rows = self._file.ask(lambda db: db.rows(sql, (after, limit)), nothing)
        return [digest for (digest,) in rows]

    def forget(self, digests: Collection[str]) -> None:
        """Let go of these texts. As :meth:`put`."""
        sql = "DELETE FROM writing WHERE digest = ?"
        if digests:
            self._file.change(lambda db: db.many(sql, [(digest,) for digest in digests]))

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()
