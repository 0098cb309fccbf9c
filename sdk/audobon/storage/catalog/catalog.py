"""The catalog as one object."""

from __future__ import annotations

import uuid
from pathlib import Path

from audobon.errors import Conflict, Corrupt, DiskFull, NotFound
from audobon.storage.catalog.analyzing import Analyzing
from audobon.storage.catalog.assets import Assets
from audobon.storage.catalog.audit import Auditing
from audobon.storage.catalog.away import Away
from audobon.storage.catalog.bundles import Bundles
from audobon.storage.catalog.check import Checking
from audobon.storage.catalog.colors import Colors
from audobon.storage.catalog.combining import Combining
from audobon.storage.catalog.edits import Edits
from audobon.storage.catalog.erasing import Erasing
from audobon.storage.catalog.exchange import Exchange
from audobon.storage.catalog.heads import Heads
from audobon.storage.catalog.linking import Linking
from audobon.storage.catalog.marked import Marked
from audobon.storage.catalog.moves import Moves
from audobon.storage.catalog.rebuild import Rebuilding
from audobon.storage.catalog.relations import Relations
from audobon.storage.catalog.reviews import Reviews
from audobon.storage.catalog.rows import FUNCTIONS
from audobon.storage.catalog.schema import is_empty, migrate
from audobon.storage.catalog.seen import Seen
from audobon.storage.catalog.standing import Standing
from audobon.storage.catalog.tags import Tags
from audobon.storage.catalog.taught import TaughtMaps
from audobon.storage.catalog.tree import Tree
from audobon.storage.catalog.usage import Usage
from audobon.storage.catalog.vocabulary import Vocabulary
from audobon.storage.catalog.whole import Whole
from audobon.storage.sqlite import MEND_HINT, Database, Key, connect
from audobon.system.volumes import is_writable

__all__ = ["Catalog"]

_MADE = "SELECT value FROM meta WHERE key = 'made'"
# Drawn anew whenever a catalog is made, so also when one is built again from the history.


class Catalog(
    Standing,
    Assets,
    Seen,
    Edits,
    Moves,
    Tags,
    Tree,
    Relations,
    Linking,
    Reviews,
    Heads,
    Marked,
    TaughtMaps,
    Usage,
    Colors,
    Combining,
    Whole,
    Vocabulary,
    Exchange,
    Bundles,
    Away,
    Rebuilding,
    Checking,
    Auditing,
    Erasing,
    Analyzing,
):
    """The truth about now: assets, their metadata and how both came to be.

    Each method is one transaction: it happens as a whole or not at all, and
    reads see one state. Usable from several threads and, with others, from
    several processes at once; a write waits up to ten seconds for its turn,
    then raises Busy. Methods that change something raise ReadOnly on a
    catalog opened for reading. ``author`` and ``now`` (with a time zone) say
    who changes something and when.
    """

    @classmethod
    def create(cls, path: Path, *, library_id: str, key: Key | None = None) -> Catalog:
        """A new, empty catalog, encrypted under ``key``. Conflict when there is a file already."""
        if path.exists():
            raise Conflict(f"{path} exists already", subject=str(path))
        db = connect(path, functions=FUNCTIONS, key=key)
        try:
            migrate(db)
            catalog = cls(db)
            catalog.set_meta("library_id", library_id)
            catalog.set_meta("made", uuid.uuid4().hex)
            db.hold_to(_MADE)
        except BaseException:
            db.close()
            raise
        return catalog

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, key: Key | None = None) -> Catalog:
        """The catalog at ``path``, brought to the newest form of its tables first.

        NotFound when there is none, NewerFormat when a newer version wrote
        it, Corrupt when it is damaged, no catalog, or not under ``key``. In a folder that cannot
        be written it opens for reading as long as nobody else writes.
        """
        if not path.is_file():
            raise NotFound(f"there is no catalog at {path}", subject=str(path))
        if not read_only:
            return cls._opened(connect(path, functions=FUNCTIONS, key=key))
        try:
            immutable = not is_writable(path.parent)
            db = connect(path, read_only=True, immutable=immutable, functions=FUNCTIONS, key=key)
        except DiskFull:
            # No room for the file that writers share: then nobody else has the catalog open.
            db = connect(path, immutable=True, functions=FUNCTIONS, key=key)
        return cls._opened(db)

    @classmethod
    def _opened(cls, db: Database) -> Catalog:
        try:
            if is_empty(db):
                # SQLite takes it for a new database; a catalog of ours is never empty.
                raise Corrupt(f"{db.path.name} is empty", subject=str(db.path), hint=MEND_HINT)
            migrate(db)
            db.hold_to(_MADE)
        except BaseException:
            db.close()
            raise
        return cls(db)

    def close(self) -> None:
        """Close it in all threads; safe to call twice."""
        self.db.close()

    def data_version(self) -> int:
        """A number that is another one after any commit by any process; 3 µs."""
        return self.db.data_version()

    def meta(self, key: str) -> str | None:
        """A note about the library, None if there is none under this key."""
        value = self.db.value("SELECT value FROM meta WHERE key = ?", (key,))
        return None if value is None else str(value)

    def set_meta(self, key: str, value: str) -> None:
        """Keep a note about the library; it is no change and moves no clock."""
        with self.db.write():
            self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def drop_meta(self, key: str) -> None:
        """Take a note away, if it is there."""
        with self.db.write():
            self.db.execute("DELETE FROM meta WHERE key = ?", (key,))
