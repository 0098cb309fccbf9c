"""States of the change log about where an asset's file is, and what people have refused."""

from __future__ import annotations

from audobon.storage.catalog.log import Draft, Item, State
from audobon.storage.catalog.rows import dump
from audobon.storage.sqlite import Database
from audobon.system.names import fold

__all__ = ["APART", "PLACE", "REFUSED", "apply_place", "apply_refusal", "place_of"]

PLACE = (
    *("root", "path", "size", "mtime_ns", "state", "kind", "format", "partial", "digest"),
    *("width", "height", "facts", "text", "attributes", "mixed"),
)
"""The columns that say which file an asset has; attributes, for what came from the history has
those of the file in one with people's."""

REFUSED = "refused "
"""Notes under this name say which file is not which missing asset."""
APART = "apart "
"""Notes under this name say which two assets are not the same, however near they look."""


def place_of(db: Database, key: int) -> State:
    """The columns of :data:`PLACE` of an asset as they are."""
    row = db.one(f"SELECT {', '.join(PLACE)} FROM asset WHERE key = ?", (key,))
    state: State = dict(zip(PLACE, row or (), strict=True))
    state["partial"] = bytes(state["partial"]).hex()
    return state


def apply_place(draft: Draft, item: Item) -> None:
    """Give an asset another file; where that is another's by now, everything stays as it is."""
    db, after = draft.db, item.after
    if after is None:
        return
    taken = db.value(
        "SELECT 1 FROM asset WHERE root = ? AND path = ? AND state <> 'removed' AND key <> ?",
        (after["root"], after["path"], item.key),
    )
    if taken:
        return
    draft.touch((item.key,))
    values = {**after, "partial": bytes.fromhex(after["partial"])}
    columns = ", ".join(f"{name} = :{name}" for name in PLACE)
    db.execute(
        f"UPDATE asset SET {columns}, path_fold = :fold WHERE key = :key",
        {**values, "fold": fold(after["path"]), "key": item.key},
    )


def apply_refusal(draft: Draft, item: Item) -> None:
    """Note that a file, or another asset, is not this asset, or forget it."""
    db = draft.db
    for state in (item.before, item.after):
        if state is not None:
            db.execute("DELETE FROM meta WHERE key = ?", (_name(state),))
    if item.after is not None:
        db.execute("INSERT INTO meta VALUES (?, ?)", (_name(item.after), dump(item.after)))


def _name(state: State) -> str:
    if "other" in state:
        return f"{APART}{state['id']} {state['other']}"
    return f"{REFUSED}{state['id']} {state['path']}"
