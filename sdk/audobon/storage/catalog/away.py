"""Assets whose files lie at a remote only: known here, with everything but their bytes.

A row counts as missing, as its file is; a note beside it says that nobody lost it. Notes lie in
``meta``: there are many only in a library that was cloned without its files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import dump
from audobon.storage.catalog.standing import AFRESH, tell
from audobon.storage.sqlite import Database

__all__ = ["AWAY", "Away", "count_away"]

AWAY: Final = "away "
_END: Final = "away!"  # the next text that no note begins with


class Away(Part):
    """Which assets are away."""

    def set_away(self, ids: Iterable[str]) -> None:
        """Note that the files of these assets, known or to come, lie elsewhere."""
        with self.db.write():
            self.db.many(
                "INSERT OR IGNORE INTO meta VALUES (?, '')", [(AWAY + ident,) for ident in ids]
            )
            tell(self.db, AFRESH)

    def away(self, ids: Collection[str] | None = None) -> frozenset[str]:
        """Ids of assets that are noted so; of these, or of all."""
        if ids is None:
            rows = self.db.rows("SELECT key FROM meta WHERE key >= ? AND key < ?", (AWAY, _END))
        else:
            keys = dump([AWAY + ident for ident in ids])
            rows = self.db.rows(
                "SELECT key FROM meta WHERE key IN (SELECT value FROM json_each(?))", (keys,)
            )
        return frozenset(key.removeprefix(AWAY) for (key,) in rows)

    def forget_away(self, ids: Iterable[str]) -> None:
        """Drop the notes of these assets, whatever is true of their files."""
        keys = dump([AWAY + ident for ident in ids])
        with self.db.write():
            self.db.execute(
                "DELETE FROM meta WHERE key IN (SELECT value FROM json_each(?))", (keys,)
            )
            tell(self.db, AFRESH)

    def forget_arrived(self) -> None:
        """Drop the notes of assets whose files are here.

        One that was taken out of the library keeps its note, for when it is taken in again.
        """
        with self.db.write():
            self.db.execute(
                "DELETE FROM meta WHERE key >= ? AND key < ? AND EXISTS (SELECT 1 FROM asset a "
                "WHERE a.id = substr(meta.key, ?) AND a.state = 'present')",
                (AWAY, _END, len(AWAY) + 1),
            )

    def count_away(self) -> int:
        """How many assets are away now."""
        return count_away(self.db)


def count_away(db: Database) -> int:
    """How many assets are away in this catalog, as the transaction that is open sees it."""
    return int(
        db.value(
            "SELECT count(*) FROM meta m JOIN asset a ON a.id = substr(m.key, ?) "
            "WHERE m.key >= ? AND m.key < ? AND a.state = 'missing'",
            (len(AWAY) + 1, AWAY, _END),
        )
    )
