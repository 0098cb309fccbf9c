"""What ``branch:NAME`` finds: assets that are not on a branch as they are here."""

from __future__ import annotations

from audobon.codec.query_write import quoted
from audobon.errors import QueryError
from audobon.model.query import Keys, Term
from audobon.services.core.stores import Stores
from audobon.services.versioning.compare import ASSETS, committed_mark, id_of

__all__ = ["on_branch"]


def on_branch(stores: Stores, term: Term) -> tuple[Keys, tuple[str, ...]]:
    """The assets whose bytes or metadata differ from the branch, and notes on what is not shown.

    What was changed here since the newest version differs from every branch.
    Files are not looked at: what was saved and not scanned counts as it was.
    QueryError for a branch that is not there.
    """
    history, catalog = stores.history, stores.catalog
    target = None if term.prefix else history.head(term.value)
    if target is None:
        names = [one.name for one in history.branches()]
        raise QueryError(
            f"there is no branch {term.value!r}",
            position=term.position,
            subject=term.value,
            expected=tuple(f"branch:{quoted(name)}" for name in names),
        )
    head, only_there, ids = history.head(), set(), set()
    for change in history.changed(head, target, prefix=ASSETS):
        ident = id_of(change.path)
        ids.add(ident)
        if change.old is None:
            only_there.add(ident)
    keys = catalog.keys_of(sorted(ids))
    mark = int(catalog.meta(committed_mark(history.current_branch())) or 0)
    found = {key for key, _ in keys.values()} | set(catalog.dirty_keys(mark))
    away = sum(1 for ident in only_there if not keys.get(ident, (0, False))[1])
    things = "asset is" if away == 1 else "assets are"
    notes = (f"{away} more {things} only on the branch {term.value}",) if away else ()
    return Keys(tuple(sorted(found)), f"branch:{term.value}"), notes
