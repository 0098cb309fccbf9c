"""The change log: every write to assets and vocabulary goes through a ``Draft``.

A draft is one transaction. It gives out sequence numbers, remembers what was
changed as items, and at its end writes the change, moves the clock and seals
the rows it touched. Seq order is therefore the order of commits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from audobon.model.change import Change
from audobon.storage.catalog.audited import append
from audobon.storage.catalog.rows import GARBAGE, HASHED, damaged, dump, load, micros, moment
from audobon.storage.sqlite import Database, Row

__all__ = ["Draft", "Item", "Part", "State", "drafting", "load_changes", "load_items"]

State = dict[str, Any]


class Item(NamedTuple):
    """One changed row: of what, its key, and what differs before and after.

    ``what`` is asset, tag, alias, catalog, edge, decision, rule, set, place or refusal. For
    all but assets None means that there is no such row; an asset with None twice was only touched
    (a tag of it was renamed, say).
    """

    what: str
    key: int
    before: State | None = None
    after: State | None = None


class Draft:
    """A change while it is being made; lives inside one write transaction."""

    def __init__(self, db: Database, now: datetime) -> None:
        self.db = db
        self.now = micros(now)
        self.items: list[Item] = []
        self.words = False
        self.change: Change | None = None
        self.start: int = db.value("SELECT seq FROM clock")
        self.seq: int = self.start
        self._stale: set[int] = set()

    def next_seq(self) -> int:
        """A number of its own for each changed asset, so that a feed can be read in pages."""
        self.seq += 1
        return self.seq

    def touch(self, keys: Iterable[int]) -> None:
        """These assets look different now though their own rows stay (at the end, once each)."""
        self._stale.update(keys)

    def finish(
        self, kind: str, *, label: str, author: str, undoable: bool, did: str = ""
    ) -> Change:
        """Write what was gathered and return it as the change; ``did`` is the audit log's word."""
        self._bump_stale()
        undoable = undoable and bool(self.items)
        if self.seq == self.start:
            self.next_seq()
        if undoable:
            # What was undone and is overtaken now cannot be redone any more.
            self.db.execute("UPDATE change SET undoable = 0 WHERE undoable = 1 AND undone = 1")
        row = (self.seq, kind, label, author, self.now, int(undoable))
        self.db.execute(
            "INSERT INTO change (seq, kind, label, author, time, undoable) VALUES (?,?,?,?,?,?)",
            row,
        )
        ident = self.db.last_key
        self.db.many(
            "INSERT INTO change_item VALUES (?,?,?,?,?,?)",
            [
                (ident, number, what, key, _text(before), _text(after))
                for number, (what, key, before, after) in enumerate(self.items)
            ],
        )
        self.close()
        change = load_changes(self.db, "WHERE id = ?", (ident,))[0]
        append(
            self.db,
            time=change.time,
            who=author,
            did=did or kind,
            what=label,
            assets=change.assets,
            detail={"change": str(ident)},
        )
        return change

    def close(self) -> None:
        """Move the clock and seal the rows; for writes that are no change of their own."""
        words = ", words = :seq" if self.words else ""
        self.db.execute(f"UPDATE clock SET seq = :seq{words}", {"seq": self.seq})
        self.db.execute(
            f"UPDATE asset SET check_hash = row_hash({HASHED}) WHERE seq > ?", (self.start,)
        )

    def _bump_stale(self) -> None:
        named = {item.key for item in self.items if item.what == "asset"}
        stale = sorted(self._stale - named)
        self.items.extend(Item("asset", key) for key in stale)
        self.db.many(
            "UPDATE asset SET seq = ?, updated = ? WHERE key = ?",
            [(self.next_seq(), self.now, key) for key in stale],
        )


@contextlib.contextmanager
def drafting(db: Database, now: datetime) -> Iterator[Draft]:
    """A draft in a transaction of its own; the block must finish or close it."""
    with db.write():
        yield Draft(db, now)


class Part:
    """What every part of the catalog stands on."""

    def __init__(self, db: Database) -> None:
        self.db = db


def _text(state: State | None) -> str | None:
    return None if state is None else dump(state)


def load_items(db: Database, change: int) -> list[Item]:
    """The items of a change in their order."""
    rows = db.rows(
        "SELECT what, key, before, after FROM change_item WHERE change = ? ORDER BY position",
        (change,),
    )
    return [Item(what, key, _state(before), _state(after)) for what, key, before, after in rows]


def _state(text: str | None) -> State | None:
    return None if text is None else load(text)


def load_changes(db: Database, where: str, params: Sequence[object]) -> tuple[Change, ...]:
    """Changes by a WHERE (and ORDER BY) clause, with the ids of their assets."""
    rows = db.rows(
        f"SELECT id, seq, kind, label, author, time, undoable, undone FROM change {where}", params
    )
    return tuple([_change(db, row) for row in rows])


def _change(db: Database, row: Row) -> Change:
    ident, seq, kind, label, author, time, undoable, undone = row
    assets = db.rows(
        "SELECT a.id FROM change_item i CROSS JOIN asset a ON a.key = i.key "
        "WHERE i.change = ? AND i.what = 'asset' ORDER BY i.position",
        (ident,),
    )
    try:
        when = moment(time)
    except GARBAGE as exc:
        raise damaged(f"change {ident}", exc) from exc
    return Change(
        id=ident,
        seq=seq,
        kind=kind,
        label=label,
        author=author,
        time=when,
        assets=tuple([asset for (asset,) in assets]),
        undoable=bool(undoable),
        undone=bool(undone),
    )
