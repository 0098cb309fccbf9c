"""Put rows into the state that an item of the change log names.

Doing, undoing and redoing are the same act with the two states in different
roles, so what can be done can be taken back exactly. What a state names may
have gone or been taken over meanwhile by something that is not undoable (a
file that moved, a vocabulary read from the history); then the nearest thing
is done, and said in each function, because an undo that fails would block all
the older ones behind it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from audobon.storage.catalog.log import Draft, Item, State
from audobon.storage.catalog.rows import damaged, dump, load
from audobon.storage.catalog.rowstates import apply_place, apply_refusal
from audobon.storage.sqlite import Database
from audobon.system.names import fold

__all__ = ["again", "backward", "find_tag", "forward", "tag_subtree"]


def forward(draft: Draft, items: Sequence[Item]) -> None:
    """Bring every row from ``before`` to ``after`` and record the items in the draft."""
    draft.items.extend(items)
    _apply(draft, items)


def backward(draft: Draft, items: Sequence[Item]) -> None:
    """Bring every row from ``after`` to ``before``, the last first. Records touched assets only."""
    turned = [Item(item.what, item.key, item.after, item.before) for item in reversed(items)]
    draft.items.extend(Item("asset", item.key) for item in items if item.what == "asset")
    _apply(draft, turned)


def again(draft: Draft, items: Sequence[Item]) -> None:
    """Do once more what was undone. Records touched assets only."""
    draft.items.extend(Item("asset", item.key) for item in items if item.what == "asset")
    _apply(draft, items)


def _apply(draft: Draft, items: Sequence[Item]) -> None:
    for what, run in itertools.groupby(items, key=lambda item: item.what):
        if what == "asset":
            _assets(draft, list(run))
        else:
            for item in run:
                _ROWS[what](draft, item)
    if any(item.what in ("tag", "alias") for item in items):
        draft.words = True


def _assets(draft: Draft, items: Sequence[Item]) -> None:
    """An asset whose path another has taken stays removed."""
    db = draft.db
    keys = [item.key for item in items]
    rows = {
        row[0]: row[1:]
        for row in db.rows(
            "SELECT key, rating, note, state, catalog, attributes FROM asset "
            "WHERE key IN (SELECT value FROM json_each(?))",
            (dump(keys),),
        )
    }
    taken = _taken(db, [item.key for item in items if "state" in (item.after or {})])
    names = _Names(draft)
    updates: list[tuple[object, ...]] = []
    lost: list[tuple[int, int]] = []
    won: list[tuple[int, int]] = []
    for item in items:
        before, after = item.before or {}, item.after or {}
        if item.key not in rows:
            raise damaged("log of changes", f"it names an asset {item.key} that is not there")
        rating, note, state, catalog, attributes = rows[item.key]
        rating = after.get("rating", rating)
        note = after.get("note", note)
        if "state" in after and not (after["state"] != "removed" and item.key in taken):
            state = after["state"]
        if "catalog" in after:
            catalog = names.catalog(after["catalog"])
        if "attributes" in before or "attributes" in after:
            attributes = _exchange(
                attributes, before.get("attributes", {}), after.get("attributes", {})
            )
        updates.append(
            (rating, note, state, catalog, attributes, draft.now, draft.next_seq(), item.key)
        )
        lost.extend((item.key, key) for key, _ in before.get("tags", ()))
        won.extend((item.key, names.tag(key, name)) for key, name in after.get("tags", ()))
    db.many(
        "UPDATE asset SET rating = ?, note = ?, state = ?, catalog = ?, attributes = ?, "
        "updated = ?, seq = ? WHERE key = ?",
        updates,
    )
    db.many("DELETE FROM asset_tag WHERE asset = ? AND tag = ?", lost)
    db.many("INSERT OR IGNORE INTO asset_tag VALUES (?, ?)", won)


def _taken(db: Database, keys: Sequence[int]) -> set[int]:
    rows = db.rows(
        "SELECT a.key FROM asset a JOIN asset b ON b.root = a.root AND b.path = a.path "
        "WHERE a.key IN (SELECT value FROM json_each(?)) AND a.state = 'removed' "
        "AND b.key <> a.key AND b.state <> 'removed'",
        (dump(keys),),
    )
    return {key for (key,) in rows}


def _exchange(attributes: str, before: State, after: State) -> str:
    values = load(attributes)
    for name in before:
        values.pop(name, None)
    values.update(after)
    return dump(values)


class _Names:
    """Keys that a state names, found again by name, or made anew, where they are gone."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._tags: dict[int, int] = {}

    def tag(self, key: int, name: str) -> int:
        if key not in self._tags:
            self._tags[key] = self._find_tag(key, name)
        return self._tags[key]

    def _find_tag(self, key: int, name: str) -> int:
        db = self._draft.db
        if db.value("SELECT 1 FROM tag WHERE key = ?", (key,)):
            return key
        found = find_tag(db, name)
        if found is None:
            _tag(self._draft, Item("tag", key, None, {"name": name, "parent": None}))
            self._draft.words = True
            return key
        return found

    def catalog(self, named: Sequence[object] | None) -> int | None:
        """A catalog that is gone by key and by path leaves the asset in none."""
        if named is None:
            return None
        key, path = named
        found = self._draft.db.value(
            "SELECT key FROM catalog WHERE key = ? OR path_fold = ? ORDER BY key = ? DESC",
            (key, fold(str(path)), key),
        )
        return None if found is None else int(found)


def find_tag(db: Database, name: str) -> int | None:
    """The key of the tag that a name or an alias means."""
    folded = fold(name)
    found = db.value("SELECT key FROM tag WHERE fold = ?", (folded,))
    if found is None:
        found = db.value("SELECT tag FROM tag_alias WHERE fold = ?", (folded,))
    return None if found is None else int(found)


def tag_subtree(db: Database, key: int) -> list[int]:
    """A tag and all tags below it."""
    rows = db.rows(
        "WITH RECURSIVE below (key) AS (VALUES (?) UNION "
        "SELECT t.key FROM tag t JOIN below b ON t.parent = b.key) SELECT key FROM below",
        (key,),
    )
    return [key for (key,) in rows]


def _tag(draft: Draft, item: Item) -> None:
    """A tag still in use is not deleted; a name that is taken gets a number behind it."""
    db, key = draft.db, item.key
    draft.touch(_tagged(db, tag_subtree(db, key)))
    # Versions hold decisions under the tag's name.
    draft.touch(asset for (asset,) in db.rows("SELECT asset FROM decision WHERE tag = ?", (key,)))
    if item.after is None:
        used = db.value(
            "SELECT 1 FROM asset_tag WHERE tag = :key UNION ALL "
            "SELECT 1 FROM tag WHERE parent = :key UNION ALL "
            "SELECT 1 FROM tag_alias WHERE tag = :key",
            {"key": key},
        )
        if not used:
            db.execute("DELETE FROM tag WHERE key = ?", (key,))
        return
    parent = item.after["parent"]
    if parent is not None and not db.value("SELECT 1 FROM tag WHERE key = ?", (parent,)):
        parent = None
    name = item.after["name"]
    for number in itertools.count(2):
        if find_tag(db, name) in (None, key):
            break
        name = f"{item.after['name']} {number}"
    db.execute(
        "INSERT INTO tag (key, name, fold, parent) VALUES (?, ?, ?, ?) ON CONFLICT (key) "
        "DO UPDATE SET name = excluded.name, fold = excluded.fold, parent = excluded.parent",
        (key, name, fold(name), parent),
    )


def _tagged(db: Database, tags: Sequence[int]) -> list[int]:
    rows = db.rows(
        "SELECT asset FROM asset_tag WHERE tag IN (SELECT value FROM json_each(?))", (dump(tags),)
    )
    return [asset for (asset,) in rows]


def _alias(draft: Draft, item: Item) -> None:
    """An alias whose word means something else by now does not come back."""
    db = draft.db
    for state in (item.before, item.after):
        if state is not None:
            draft.touch(_tagged(db, [state["tag"]]))
    if item.before is not None:
        db.execute(
            "DELETE FROM tag_alias WHERE fold = ? AND tag = ?",
            (fold(item.before["alias"]), item.before["tag"]),
        )
    if item.after is not None and find_tag(db, item.after["alias"]) is None:
        db.execute(
            "INSERT INTO tag_alias (fold, alias, tag) SELECT ?, ?, key FROM tag WHERE key = ?",
            (fold(item.after["alias"]), item.after["alias"], item.after["tag"]),
        )


def _catalog(draft: Draft, item: Item) -> None:
    """A catalog still in use is not deleted; a name that is taken gets a number behind it."""
    db, key = draft.db, item.key
    draft.touch(key for (key,) in db.rows("SELECT key FROM asset WHERE catalog = ?", (key,)))
    if item.after is None:
        used = db.value(
            "SELECT 1 FROM asset WHERE catalog = :key UNION ALL "
            "SELECT 1 FROM catalog WHERE parent = :key",
            {"key": key},
        )
        if not used:
            db.execute("DELETE FROM catalog WHERE key = ?", (key,))
        return
    above = db.one("SELECT key, path FROM catalog WHERE key = ?", (item.after["parent"],))
    parent, start = (None, "") if above is None else (above[0], above[1] + "/")
    name = item.after["name"]
    for number in itertools.count(2):
        path = start + name
        if db.value("SELECT key FROM catalog WHERE path_fold = ?", (fold(path),)) in (None, key):
            break
        name = f"{item.after['name']} {number}"
    db.execute(
        "INSERT INTO catalog (key, parent, name, path, path_fold) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET parent = excluded.parent, name = excluded.name, "
        "path = excluded.path, path_fold = excluded.path_fold",
        (key, parent, name, path, fold(path)),
    )
    for child, child_name in db.rows("SELECT key, name FROM catalog WHERE parent = ?", (key,)):
        _catalog(draft, Item("catalog", child, None, {"name": child_name, "parent": key}))


def _edge(draft: Draft, item: Item) -> None:
    db = draft.db
    draft.touch((item.key,))
    if item.before is not None:
        db.execute(
            "DELETE FROM relationship WHERE src = ? AND kind = ? AND dst = ?",
            (item.key, item.before["kind"], item.before["dst"]),
        )
    if item.after is not None:
        db.execute(
            "INSERT OR IGNORE INTO relationship VALUES (?, ?, ?)",
            (item.key, item.after["kind"], item.after["dst"]),
        )


def _decision(draft: Draft, item: Item) -> None:
    db = draft.db
    draft.touch((item.key,))
    if item.before is not None:
        db.execute(
            "DELETE FROM decision WHERE asset = ? AND fold = ? AND tag = ?",
            (item.key, fold(item.before["word"]), item.before["tag"]),
        )
    if item.after is not None:
        state = item.after
        columns = ("word", "tag", "verdict", "component", "score")
        db.execute(
            "INSERT OR REPLACE INTO decision (asset, fold, word, tag, verdict, component, score) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (item.key, fold(state["word"]), *(state[name] for name in columns)),
        )


def _rule(draft: Draft, item: Item) -> None:
    db = draft.db
    if item.before is not None:
        db.execute(
            "DELETE FROM rule WHERE fold = ? AND tag = ?",
            (fold(item.before["word"]), item.before["tag"]),
        )
    if item.after is not None:
        state = item.after
        db.execute(
            "INSERT OR REPLACE INTO rule (fold, word, tag, rule) VALUES (?, ?, ?, ?)",
            (fold(state["word"]), state["word"], state["tag"], state["rule"]),
        )


def _set(draft: Draft, item: Item) -> None:
    """A set that somebody has saved anew meanwhile stays as it is."""
    db = draft.db
    state = item.after or item.before or {}
    current = db.value("SELECT query FROM saved_set WHERE name = ?", (state["name"],))
    if current != (None if item.before is None else item.before["query"]):
        return
    if item.after is None:
        db.execute("DELETE FROM saved_set WHERE name = ?", (state["name"],))
    else:
        db.execute(
            "INSERT OR REPLACE INTO saved_set VALUES (?, ?)", (state["name"], state["query"])
        )


_ROWS = {
    "tag": _tag,
    "alias": _alias,
    "catalog": _catalog,
    "edge": _edge,
    "decision": _decision,
    "rule": _rule,
    "set": _set,
    "place": apply_place,
    "refusal": apply_refusal,
}
