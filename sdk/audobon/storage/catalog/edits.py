"""Edits, and taking them back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeGuard

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.asset import AttributeValue, Relationship
from audobon.model.change import Change, Edit, Unset
from audobon.storage.catalog.apply import again, backward, find_tag, forward
from audobon.storage.catalog.edges import check_edge, edge_items, ends_of
from audobon.storage.catalog.log import Item, Part, State, drafting, load_changes, load_items
from audobon.storage.catalog.names import (
    catalog_pair,
    clean_attribute_name,
    clean_tag,
    clean_text,
    tag_keys,
)
from audobon.storage.catalog.rows import dump, load
from audobon.storage.sqlite import Database, Row

__all__ = ["Edits", "known_keys"]


class Edits(Part):
    """Undoable changes of assets, and the log of all changes.

    Undo and redo work on one stack for all processes and outlive them. What
    is undone can be redone until another undoable change is made.
    """

    def edit(
        self,
        ids: Sequence[str],
        edit: Edit,
        *,
        author: str,
        now: datetime,
        label: str = "",
        edges: Sequence[Relationship] = (),
    ) -> Change:
        """Change the metadata of assets, all of them or none, as one undoable change.

        NotFound lists ids that are unknown or removed; Invalid says what is
        not allowed. Tags and catalogs are made where there are none. Assets
        that have what is asked already are not part of the change; when no
        asset is, the change is not undoable. ``edges`` that are not there yet
        are part of it.
        """
        _validate(edit)
        for edge in edges:
            check_edge(edge)
        with drafting(self.db, now) as draft:
            keys = known_keys(self.db, ids)
            adds = dict(tag_keys(draft, edit.add_tags))
            drops = _existing(self.db, edit.remove_tags)
            wanted = _Wanted(
                edit,
                catalog=catalog_pair(draft, edit.catalog)
                if isinstance(edit.catalog, str)
                else None,
                adds=adds,
                drops={key: name for key, name in drops.items() if key not in adds},
            )
            forward(draft, wanted.items(self.db, keys))
            ends = ends_of(edges)
            found = dict(zip(ends, known_keys(self.db, ends), strict=True))
            forward(draft, edge_items(self.db, edges, found, add=True))
            text = clean_text(label, what="label") or _describe(edit)
            return draft.finish("edit", label=text, author=author, undoable=True)

    def remove(self, ids: Sequence[str], *, author: str, now: datetime, label: str = "") -> Change:
        """Take assets out of the library (undoable). Their files and history stay."""
        with drafting(self.db, now) as draft:
            keys = known_keys(self.db, ids)
            states: dict[int, str] = dict(
                self.db.rows(
                    "SELECT key, state FROM asset WHERE key IN (SELECT value FROM json_each(?))",
                    (dump(keys),),
                )
            )
            forward(
                draft,
                [Item("asset", k, {"state": states[k]}, {"state": "removed"}) for k in keys],
            )
            text = clean_text(label, what="label") or "remove"
            return draft.finish("remove", label=text, author=author, undoable=True)

    def undo(self, *, author: str, now: datetime) -> Change | None:
        """Take back the newest undoable change; returns it, None if there is none."""
        return self._turn(0, "ORDER BY id DESC", author=author, now=now)

    def redo(self, *, author: str, now: datetime) -> Change | None:
        """Make the change that was undone last again; returns it, None if there is none."""
        return self._turn(1, "ORDER BY id", author=author, now=now)

    def forget_undo(self) -> None:
        """Make everything so far final: for when the catalog became that of another version."""
        with self.db.write():
            self.db.execute("UPDATE change SET undoable = 0 WHERE undoable = 1")

    def _turn(self, undone: int, order: str, *, author: str, now: datetime) -> Change | None:
        with drafting(self.db, now) as draft:
            row = self.db.one(
                "SELECT id, label, kind FROM change WHERE undoable = 1 AND undone = ? "
                f"{order} LIMIT 1",
                (undone,),
            )
            if row is None:
                return None
            ident, label, kind = row
            if kind == "merge":
                raise Conflict(
                    "a merge was made just now, which the catalog alone cannot take back",
                    subject=label,
                    hint="try again",
                )
            (again if undone else backward)(draft, load_items(self.db, ident))
            self.db.execute("UPDATE change SET undone = ? WHERE id = ?", (1 - undone, ident))
            kind = "redo" if undone else "undo"
            draft.finish(kind, label=label, author=author, undoable=False)
            return load_changes(self.db, "WHERE id = ?", (ident,))[0]

    def changes(self, since: int | None = None, *, limit: int = 100) -> tuple[Change, ...]:
        """Changes with a seq above ``since`` in order; without it the newest, still in order."""
        with self.db.read():
            if since is not None:
                return load_changes(self.db, "WHERE seq > ? ORDER BY id LIMIT ?", (since, limit))
            newest = load_changes(self.db, "ORDER BY id DESC LIMIT ?", (limit,))
            return newest[::-1]


class _Wanted:
    """What an edit makes of each asset: the fields that differ, before and after."""

    def __init__(
        self,
        edit: Edit,
        *,
        catalog: tuple[int, str] | None,
        adds: Mapping[int, str],
        drops: Mapping[int, str],
    ) -> None:
        self._adds = adds
        self._drops = drops
        self._scalars: State = {}
        if not isinstance(edit.rating, Unset):
            self._scalars["rating"] = edit.rating
        if not isinstance(edit.note, Unset):
            self._scalars["note"] = edit.note
        if not isinstance(edit.catalog, Unset):
            self._scalars["catalog"] = None if catalog is None else list(catalog)
        self._attributes = dict(edit.attributes)

    def items(self, db: Database, keys: Sequence[int]) -> list[Item]:
        wanted = dump(keys)
        rows = db.rows(
            "SELECT a.key, a.rating, a.note, c.key, c.path, a.facts, a.attributes FROM asset a "
            "LEFT JOIN catalog c ON c.key = a.catalog "
            "WHERE a.key IN (SELECT value FROM json_each(?))",
            (wanted,),
        )
        tagged: dict[int, set[int]] = {}
        for asset, tag in db.rows(
            "SELECT x.asset, x.tag FROM json_each(?) k CROSS JOIN json_each(?) t "
            "CROSS JOIN asset_tag x ON x.asset = k.value AND x.tag = t.value",
            (wanted, dump([*self._adds, *self._drops])),
        ):
            tagged.setdefault(asset, set()).add(tag)
        found = {row[0]: self._item(row, tagged.get(row[0], set())) for row in rows}
        return [item for key in keys if (item := found[key]) is not None]

    def _item(self, row: Row, tagged: set[int]) -> Item | None:
        key, rating, note, shelf, path, facts, attributes = row
        now: State = {
            "rating": rating,
            "note": note,
            "catalog": None if shelf is None else [shelf, path],
        }
        after = {name: value for name, value in self._scalars.items() if now[name] != value}
        before = {name: now[name] for name in after}
        if self._attributes:
            self._compare_attributes(load(facts), load(attributes), before, after)
        won = [[tag, name] for tag, name in self._adds.items() if tag not in tagged]
        lost = [[tag, name] for tag, name in self._drops.items() if tag in tagged]
        if won:
            after["tags"] = won
        if lost:
            before["tags"] = lost
        return Item("asset", key, before, after) if before or after else None

    def _compare_attributes(self, facts: State, own: State, before: State, after: State) -> None:
        old: State = {}
        new: State = {}
        for name, value in self._attributes.items():
            if value is None and name not in facts:
                wanted = _ABSENT
            else:
                # None stored over a fact of the file hides it.
                wanted = list(value) if isinstance(value, tuple) else value
            current = own.get(name, _ABSENT)
            if _same(current, wanted):
                continue
            if current is not _ABSENT:
                old[name] = current
            if wanted is not _ABSENT:
                new[name] = wanted
        if old:
            before["attributes"] = old
        if new:
            after["attributes"] = new


_ABSENT = object()


def _same(a: object, b: object) -> bool:
    return type(a) is type(b) and a == b  # 1, 1.0 and True are three values


def known_keys(db: Database, ids: Iterable[str]) -> list[int]:
    """The keys of assets that are in the library, each once; NotFound lists the other ids."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, int] = dict(
        db.rows(
            "SELECT id, key FROM asset WHERE id IN (SELECT value FROM json_each(?)) "
            "AND state <> 'removed'",
            (dump(wanted),),
        )
    )
    unknown = [ident for ident in wanted if ident not in found]
    if unknown:
        listed = ", ".join(unknown[:_LISTED]) + (", ..." if len(unknown) > _LISTED else "")
        raise NotFound(f"there is no asset with the id {listed}", subject=unknown[0])
    return [found[ident] for ident in wanted]


_LISTED = 10  # ids in a message; more would bury it


def _existing(db: Database, names: Iterable[str]) -> dict[int, str]:
    """Key and name of those tags that there are."""
    found = {}
    for name in names:
        key = find_tag(db, clean_tag(name))
        if key is not None:
            found[key] = db.value("SELECT name FROM tag WHERE key = ?", (key,))
    return found


def _validate(edit: Edit) -> None:
    rating = edit.rating
    if not isinstance(rating, Unset) and (type(rating) is not int or not 0 <= rating <= 5):
        raise Invalid(f"the rating {rating!r} is not a whole number from 0 to 5", subject="rating")
    if isinstance(edit.note, str):
        clean_text(edit.note, what="note")
    elif not isinstance(edit.note, Unset):
        raise Invalid(f"the note {edit.note!r} is not a text", subject="note")
    for name, value in edit.attributes:
        clean_attribute_name(name)
        if value is not None and not _is_attribute(value):
            raise Invalid(
                f"the attribute {name!r} cannot be {value!r}; "
                "a text, a finite number, yes or no, or a list of texts can",
                subject=name,
            )


def _is_attribute(value: object) -> TypeGuard[AttributeValue]:
    if isinstance(value, tuple):
        return all(isinstance(item, str) and _storable(item) for item in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool | int) or (isinstance(value, str) and _storable(value))


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _describe(edit: Edit) -> str:
    """The label of an edit that was given none."""
    parts = [f"tag {name.strip()}" for name in edit.add_tags]
    parts += [f"untag {name.strip()}" for name in edit.remove_tags]
    if edit.catalog is None:
        parts.append("take out of catalog")
    elif isinstance(edit.catalog, str):
        parts.append(f"put in {edit.catalog.strip()}")
    if not isinstance(edit.rating, Unset):
        parts.append(f"rate {edit.rating}")
    if not isinstance(edit.note, Unset):
        parts.append("note")
    parts += [f"{'unset' if value is None else 'set'} {name}" for name, value in edit.attributes]
    return ", ".join(parts)
