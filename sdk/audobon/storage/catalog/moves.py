"""Moves of a branch in the change log: a merge is one step of undo, among the edits."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from audobon.model.change import Change
from audobon.storage.catalog.log import Item, Part, drafting, load_changes, load_items

__all__ = ["BRANCH", "Move", "Moves"]

BRANCH = "branch"
"""What the item of such a change is about: the catalog alone cannot take it back."""


@frozen(slots=True)
class Move:
    """A branch went from version ``before`` to ``after``. ``change`` is its number in the log."""

    change: int
    branch: str
    before: str
    after: str
    label: str


class Moves(Part):
    """Part of the catalog. Files, history and metadata are moved by the caller."""

    def note_move(
        self, branch: str, before: str, after: str, *, label: str, author: str, now: datetime
    ) -> Change:
        """Log a merge as the newest undoable change; once, however often it is told."""
        found = self.next_move()
        if found is not None and (found.branch, found.after) == (branch, after):
            return self.change_of(found)
        with drafting(self.db, now) as draft:
            states = ({"name": branch, "id": before}, {"name": branch, "id": after})
            draft.items.append(Item(BRANCH, 0, *states))
            return draft.finish("merge", label=label, author=author, undoable=True)

    def next_move(self, *, undone: bool = False) -> Move | None:
        """The move that undo (with ``undone`` redo) has to do next; None when that is an edit."""
        order = "id" if undone else "id DESC"
        with self.db.read():
            row = self.db.one(
                "SELECT id, kind, label FROM change WHERE undoable = 1 AND undone = ? "
                f"ORDER BY {order} LIMIT 1",
                (int(undone),),
            )
            if row is None or row[1] != "merge":
                return None
            item = load_items(self.db, row[0])[0]
        assert item.before is not None
        assert item.after is not None
        return Move(row[0], item.after["name"], item.before["id"], item.after["id"], row[2])

    def turn_move(self, move: Move, *, undone: bool, author: str, now: datetime) -> Change:
        """Note that a move is taken back, or done again; told twice, it is noted once."""
        with drafting(self.db, now) as draft:
            now_undone = self.db.value("SELECT undone FROM change WHERE id = ?", (move.change,))
            self.db.execute("UPDATE change SET undone = ? WHERE id = ?", (int(undone), move.change))
            if now_undone == int(undone):
                draft.close()
            else:
                kind = "undo" if undone else "redo"
                draft.finish(kind, label=move.label, author=author, undoable=False)
            return self.change_of(move)

    def change_of(self, move: Move) -> Change:
        """The entry of the log that a move has."""
        return load_changes(self.db, "WHERE id = ?", (move.change,))[0]

    def settle_move(self, move: Move) -> None:
        """Make a move final: versions were made on top of it."""
        with self.db.write():
            self.db.execute("UPDATE change SET undoable = 0 WHERE id = ?", (move.change,))
