"""Take back the newest undoable step and do it again: an edit, or a whole merge.

An edit is the catalog's own business. A merge moved a branch: undoing it
moves the branch back to the version before, and files and metadata follow.
Uncommitted work in the way stops it. Once a version was made on top of a
merge, that merge is final.
"""

from __future__ import annotations

from collections.abc import Callable

from audobon.model.change import Change
from audobon.services.core.mergestate import need_no_merge
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import refresh
from audobon.services.versioning.adopt import adopt, go_on
from audobon.services.versioning.combining import bring_back
from audobon.services.versioning.journal import Journal
from audobon.services.versioning.way import Way
from audobon.storage.catalog.moves import Move

__all__ = ["redo", "undo"]

_UNDONE = "refs/audobon/undone"
"""Holds the version of a merge that was taken back, so that redo finds it."""


def undo(stores: Stores, *, force: bool, cancel: Callable[[], bool]) -> Change | None:
    """See ``Library.undo``."""
    stores.need_writable("undo")
    if stores.catalog.next_move() is not None:
        done = _turn(stores, undone=True, force=force, cancel=cancel)
        if done is not None:
            return done
    change = stores.catalog.undo(author=stores.author, now=stores.now())
    if change is not None and change.kind == "combine":
        bring_back(stores, change, cancel=cancel)
    return change


def redo(stores: Stores, *, force: bool, cancel: Callable[[], bool]) -> Change | None:
    """See ``Library.redo``."""
    stores.need_writable("redo")
    if stores.catalog.next_move(undone=True) is not None:
        done = _turn(stores, undone=False, force=force, cancel=cancel)
        if done is not None:
            return done
    return stores.catalog.redo(author=stores.author, now=stores.now())


def _turn(
    stores: Stores, *, undone: bool, force: bool, cancel: Callable[[], bool]
) -> Change | None:
    """Move the branch of the next merge in the log; None when that became final."""
    history, catalog = stores.history, stores.catalog
    with stores.commit_lock():
        need_no_merge(stores, "undo" if undone else "redo")
        go_on(stores)
        move = catalog.next_move(undone=not undone)
        if move is None:  # another process was quicker, or a kill had left only the telling
            return None
        start, end = (move.after, move.before) if undone else (move.before, move.after)
        if (history.head(), history.current_branch()) != (start, move.branch):
            catalog.settle_move(move)
            return None
        refresh(stores, cancel=cancel)
        way = Way(stores, f"{'undoing' if undone else 'redoing'} {move.label!r}", end)
        way.look()
        way.refuse(force=force)
        history.set_ref(_UNDONE, move.after)
        _adopt(stores, way, move, start=start, undone=undone, force=force, cancel=cancel)
        return catalog.change_of(move)


def _adopt(
    stores: Stores,
    way: Way,
    move: Move,
    *,
    start: str,
    undone: bool,
    force: bool,
    cancel: Callable[[], bool],
) -> None:
    kind = "undo" if undone else "redo"
    journal = Journal(kind, move.branch, start, way.target, move.label, change=move.change)
    adopt(stores, way, journal, force=force, progress=None, cancel=cancel)
