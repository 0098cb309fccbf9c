"""Contents, presence and uses of all assets in memory, for who asks about hundreds at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence

from audobon.storage.catalog.find import Finding
from audobon.storage.catalog.keyed import MOST, Keyed
from audobon.storage.catalog.rows import GARBAGE, STATE, dump
from audobon.storage.sqlite import Database, Row

__all__ = ["AFRESH", "LEARNT", "Standing", "tell"]

AFRESH, LEARNT = "afresh", "learnt"
"""Notes that are other ones after assets have lost their rows or were noted as away, or no longer,
and after contents of some became known without a change: the clock tells of none of these."""

_AT_ONCE = 2_000  # assets that a question takes in by itself: some 3 ms
_STATE = (
    "SELECT seq, (SELECT value FROM meta WHERE key = 'made'), "
    f"(SELECT value FROM meta WHERE key = '{AFRESH}'), "
    f"(SELECT value FROM meta WHERE key = '{LEARNT}') FROM clock"
)
_ROWS = (
    f"SELECT a.key, digest, {STATE} IN ('present', 'remote'), used, coalesce(last_used, 0), seq"
    " FROM asset a WHERE {}"
)

_State = tuple[int, str | None, str | None, str | None]
"""The clock; which catalog it is; the notes :data:`AFRESH` and :data:`LEARNT`."""


def tell(db: Database, note: str) -> None:
    """Inside a transaction: have those who follow see that something has happened."""
    # Not a count: a purge may remove the note, and the next count would be the same again.
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, hex(randomblob(8)))", (note,))


class Standing(Finding):
    """The same answers as ``Finding``, in a tenth of the time once :meth:`gather` has read all."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._keyed: Keyed | None = None
        self._lock = threading.Lock()
        self._at: _State = (0, None, None, None)
        self._read_to: int | None = 0  # the key up to which assets were read; None for all
        self._unfit = False
        self.behind = True
        """Whether :meth:`gather` has something to read, as far as was noticed."""

    def ever_holders(self, digests: Sequence[str]) -> dict[str, list[int]]:
        """The keys of assets with these contents, each of which is named once, in any state."""
        with self._current() as keyed:
            if keyed is not None:
                return keyed.holders(digests)
        return super().ever_holders(digests)

    def uses(self, keys: Sequence[int]) -> dict[int, tuple[int, int]]:
        """How often and when last (0 for never) each of these was used whose file is here, or at a
        remote."""
        with self._current() as keyed:
            if keyed is not None:
                return keyed.uses(keys)
        return super().uses(keys)

    def gather(self, most: int) -> bool:
        """Read the next ``most`` assets into memory; whether there are more to read.

        What any process changes meanwhile and afterwards is followed. A catalog with keys of
        ``MOST`` and above, or with rows that were never written so, is not read.
        """
        with self._lock:
            if self._unfit:
                self.behind = False
            elif self._keyed is None:
                self._begin()
            elif self._read_to is None:
                self._follow(most)
            else:
                rows = self.db.rows(
                    _ROWS.format("key > ? ORDER BY key LIMIT ?"), (self._read_to, most)
                )
                self._read_to = rows[-1][0] if len(rows) == most else None
                self._take(rows)
                self.behind = True
            return self.behind

    def keep_few_pages(self) -> None:
        """For a thread that only gathers: of a million assets it would keep 64 MB for nothing."""
        self.db.keep_few_pages()

    def _begin(self) -> None:
        self._at, self._read_to = self._state(), 0
        highest = int(self.db.value("SELECT coalesce(max(key), 0) FROM asset"))
        self._unfit = highest >= MOST
        self._keyed = None if self._unfit else Keyed(highest)
        self.behind = not self._unfit

    @contextlib.contextmanager
    def _current(self) -> Iterator[Keyed | None]:
        """What was read, brought up to now; None where it does not answer.

        Who gathers is not waited for, and a transaction sees its own state.
        """
        if self._keyed is None or not self._lock.acquire(blocking=False):
            yield None
            return
        try:
            fit = self._read_to is None and not self.db.in_transaction and self._follow(_AT_ONCE)
            yield self._keyed if fit else None
        finally:
            self._lock.release()

    def _state(self) -> _State:
        found = self.db.one(_STATE)
        return (0, None, None, None) if found is None else found

    def _follow(self, most: int) -> bool:
        """Take in the next ``most`` changes; whether these were all."""
        now = self._state()
        self.behind = False
        if now == self._at:
            return True
        if self._keyed is None or now[1:3] != self._at[1:3] or now[0] < self._at[0]:
            self._keyed, self.behind = None, True
            return False
        rows = self.db.rows(_ROWS.format("seq > ? ORDER BY seq LIMIT ?"), (self._at[0], most))
        self.behind = len(rows) == most
        seq = rows[-1][5] if self.behind else now[0]
        if now[3] != self._at[3]:
            unread = dump(sorted(self._keyed.unread))
            named = _ROWS.format("key IN (SELECT value FROM json_each(?)) AND digest <> ''")
            rows += self.db.rows(named, (unread,))
        self._at = (seq, *now[1:])
        return self._take(rows) and not self.behind

    def _take(self, rows: Sequence[Row]) -> bool:
        if self._keyed is None:
            return False
        try:
            if self._keyed.put(row[:5] for row in rows):
                return True
        except GARBAGE:
            self._unfit = True
        self._keyed, self.behind = None, not self._unfit
        return False
