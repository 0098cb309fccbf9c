"""Tags: names with parents and aliases, and what changes about them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.change import Change
from audobon.storage.catalog.apply import find_tag, forward, tag_subtree
from audobon.storage.catalog.log import Item, Part, State, drafting
from audobon.storage.catalog.names import clean_tag, create_tag_row
from audobon.storage.sqlite import Database
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.storage.catalog.values import TagInfo

__all__ = ["Tags"]


class Tags(Part):
    """The vocabulary of tags. Names and aliases share one space, in which case does not count.

    Wherever a tag is asked for, an alias of it will do. Every change here is
    undoable.
    """

    def tags(self) -> tuple[TagInfo, ...]:
        """All tags by name, with the number of assets that have each."""
        from audobon.storage.catalog.values import TagInfo

        with self.db.read():
            names: dict[int, str] = dict(self.db.rows("SELECT key, name FROM tag"))
            aliases: dict[int, list[str]] = {}
            for key, alias in self.db.rows("SELECT tag, alias FROM tag_alias ORDER BY fold"):
                aliases.setdefault(key, []).append(alias)
            rows = self.db.rows(
                "SELECT t.key, t.name, t.parent, (SELECT count(*) FROM asset_tag x "
                "WHERE x.tag = t.key) - coalesce(g.gone, 0) FROM tag t LEFT JOIN ("
                "SELECT x.tag AS tag, count(*) AS gone FROM asset a JOIN asset_tag x "
                "ON x.asset = a.key WHERE a.state = 'removed' GROUP BY x.tag"
                ") g ON g.tag = t.key ORDER BY t.fold"
            )
        return tuple(
            TagInfo(name, names.get(parent), tuple(aliases.get(key, ())), count)
            for key, name, parent, count in rows
        )

    def create_tag(
        self, name: str, parent: str | None = None, *, author: str, now: datetime
    ) -> Change:
        """A new tag. Conflict when the name is taken, NotFound for an unknown parent."""
        with drafting(self.db, now) as draft:
            cleaned = clean_tag(name)
            _refuse_taken(self.db, cleaned)
            above = None if parent is None else need_tag(self.db, parent)
            create_tag_row(draft, cleaned, above)
            return draft.finish("edit", label=f"new tag {cleaned}", author=author, undoable=True)

    def add_alias(self, alias: str, tag: str, *, author: str, now: datetime) -> Change:
        """Another word for a tag. Conflict when the word is a tag or an alias already."""
        with drafting(self.db, now) as draft:
            cleaned = clean_tag(alias)
            _refuse_taken(self.db, cleaned)
            key = need_tag(self.db, tag)
            forward(draft, [Item("alias", 0, None, {"alias": cleaned, "tag": key})])
            label = f"{cleaned} means {_name(self.db, key)}"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def remove_alias(self, alias: str, *, author: str, now: datetime) -> Change:
        """Forget a word for a tag. NotFound when it is no alias."""
        with drafting(self.db, now) as draft:
            row = self.db.one("SELECT alias, tag FROM tag_alias WHERE fold = ?", (fold(alias),))
            if row is None:
                raise NotFound(f"there is no alias {alias!r}", subject=alias)
            forward(draft, [Item("alias", 0, {"alias": row[0], "tag": row[1]}, None)])
            return draft.finish("edit", label=f"forget {row[0]}", author=author, undoable=True)

    def rename_tag(self, name: str, new: str, *, author: str, now: datetime) -> Change:
        """Give a tag another name. Conflict when it is taken by another tag or alias."""
        with drafting(self.db, now) as draft:
            key = need_tag(self.db, name)
            cleaned = clean_tag(new)
            before = _state(self.db, key)
            if fold(cleaned) != fold(before["name"]):
                _refuse_taken(self.db, cleaned)
            if cleaned != before["name"]:
                forward(draft, [Item("tag", key, before, {**before, "name": cleaned})])
            label = f"rename tag {before['name']} to {cleaned}"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def move_tag(self, name: str, parent: str | None, *, author: str, now: datetime) -> Change:
        """Put a tag below another, or at the top. Invalid when it would be below itself."""
        with drafting(self.db, now) as draft:
            key = need_tag(self.db, name)
            above = None if parent is None else need_tag(self.db, parent)
            if above is not None and above in tag_subtree(self.db, key):
                raise Invalid(f"the tag {name!r} cannot lie below itself", subject=name)
            before = _state(self.db, key)
            if above != before["parent"]:
                forward(draft, [Item("tag", key, before, {**before, "parent": above})])
            label = f"move tag {before['name']} to {parent or 'the top'}"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def remove_tag(self, name: str, *, author: str, now: datetime) -> Change:
        """Delete a tag, its aliases and its marks on assets; tags below it move up."""
        with drafting(self.db, now) as draft:
            db = self.db
            key = need_tag(db, name)
            before = _state(db, key)
            mark = {"tags": [[key, before["name"]]]}
            items = [
                Item("asset", asset, mark, {})
                for (asset,) in db.rows("SELECT asset FROM asset_tag WHERE tag = ?", (key,))
            ]
            items += [
                Item("alias", 0, {"alias": alias, "tag": key}, None)
                for (alias,) in db.rows("SELECT alias FROM tag_alias WHERE tag = ?", (key,))
            ]
            for child, child_name in db.rows("SELECT key, name FROM tag WHERE parent = ?", (key,)):
                state = {"name": child_name, "parent": key}
                items.append(Item("tag", child, state, {**state, "parent": before["parent"]}))
            items.append(Item("tag", key, before, None))
            forward(draft, items)
            label = f"remove tag {before['name']}"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def tag_name(self, name: str) -> str | None:
        """The tag that a name or an alias means, as it writes itself; None if there is none."""
        with self.db.read():
            key = find_tag(self.db, name.strip())
            return None if key is None else _name(self.db, key)

    def ancestors(self, tag: str) -> tuple[str, ...]:
        """The tags above a tag, the nearest first. NotFound for an unknown tag."""
        with self.db.read():
            rows = self.db.rows(
                "WITH RECURSIVE up (key, depth) AS (SELECT parent, 1 FROM tag WHERE key = ? "
                "UNION SELECT t.parent, depth + 1 FROM tag t JOIN up ON t.key = up.key) "
                "SELECT t.name FROM up JOIN tag t ON t.key = up.key ORDER BY depth",
                (need_tag(self.db, tag),),
            )
        return tuple(name for (name,) in rows)


def _refuse_taken(db: Database, name: str) -> None:
    key = find_tag(db, name)
    if key is not None:
        raise Conflict(f"{name!r} is taken by the tag {_name(db, key)!r}", subject=name)


def _name(db: Database, key: int) -> str:
    return str(db.value("SELECT name FROM tag WHERE key = ?", (key,)))


def _state(db: Database, key: int) -> State:
    row = db.one("SELECT name, parent FROM tag WHERE key = ?", (key,))
    assert row is not None
    return {"name": row[0], "parent": row[1]}


def need_tag(db: Database, name: str) -> int:
    """The key of a tag by name or alias; NotFound when there is none."""
    key = find_tag(db, name.strip())
    if key is None:
        raise NotFound(f"there is no tag {name!r}", subject=name)
    return key
