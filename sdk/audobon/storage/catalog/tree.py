"""Catalogs: the nested categories that an asset lies in one of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.change import Change
from audobon.storage.catalog.apply import forward
from audobon.storage.catalog.log import Draft, Item, Part, State, drafting
from audobon.storage.catalog.names import catalog_key, clean_catalog, find_catalog
from audobon.storage.sqlite import Database
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.storage.catalog.values import CatalogInfo

__all__ = ["Tree"]


class Tree(Part):
    """The tree of catalogs. A path is unique, and case does not count. All of it is undoable."""

    def catalogs(self) -> tuple[CatalogInfo, ...]:
        """All catalogs by path, with the number of assets in them, removed ones left out."""
        from audobon.storage.catalog.values import CatalogInfo

        rows = self.db.rows(
            "SELECT c.key, c.parent, c.path, coalesce(n.count, 0) FROM catalog c LEFT JOIN ("
            "SELECT catalog, count(*) AS count FROM asset WHERE catalog IS NOT NULL "
            "AND state <> 'removed' GROUP BY catalog) n ON n.catalog = c.key"
        )
        parents = {key: parent for key, parent, _, _ in rows}
        totals = dict.fromkeys(parents, 0)
        for key, _, _, count in rows:
            here: int | None = key
            while here is not None:
                totals[here] += count
                here = parents[here]
        infos = [CatalogInfo(path, count, totals[key]) for key, _, path, count in rows]
        return tuple(sorted(infos, key=lambda info: [fold(part) for part in info.path.split("/")]))

    def catalog_keys(self) -> dict[int, str]:
        """The paths of all catalogs by their keys, which stay when they are moved."""
        return dict(self.db.rows("SELECT key, path FROM catalog ORDER BY path_fold"))

    def create_catalog(self, path: str, *, author: str, now: datetime) -> Change:
        """A new catalog and the parents it needs. Conflict when it is there already."""
        with drafting(self.db, now) as draft:
            cleaned = clean_catalog(path)
            _refuse_taken(self.db, cleaned)
            catalog_key(draft, cleaned)
            label = f"new catalog {cleaned}"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def rename_catalog(self, path: str, name: str, *, author: str, now: datetime) -> Change:
        """Give a catalog another last part. Conflict when its parent has one of that name."""
        with drafting(self.db, now) as draft:
            cleaned = clean_catalog(name)
            if "/" in cleaned:
                raise Invalid(f"{name!r} is a path; move the catalog instead", subject=name)
            key = need_catalog(self.db, path)
            before = _state(self.db, key)
            _put(draft, key, before, {**before, "name": cleaned})
            label = f"rename catalog {path} to {cleaned}"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def move_catalog(self, path: str, parent: str | None, *, author: str, now: datetime) -> Change:
        """Put a catalog, with all in it, into another (made where there is none) or at the top.

        Invalid when that is below itself, Conflict when the name is taken there.
        """
        with drafting(self.db, now) as draft:
            key = need_catalog(self.db, path)
            before = _state(self.db, key)
            above = None
            if parent is not None:
                own, target = fold(clean_catalog(path)), fold(clean_catalog(parent))
                if target == own or target.startswith(own + "/"):
                    raise Invalid(f"the catalog {path!r} cannot lie in itself", subject=path)
                above = catalog_key(draft, parent)
            _put(draft, key, before, {**before, "parent": above})
            label = f"move catalog {path} to {parent or 'the top'}"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def remove_catalog(self, path: str, *, author: str, now: datetime) -> Change:
        """Dissolve a catalog: its assets and the catalogs in it move up to its parent.

        Conflict when one of the latter has a namesake there.
        """
        with drafting(self.db, now) as draft:
            db = self.db
            key = need_catalog(db, path)
            before = _state(self.db, key)
            parent = before["parent"]
            own = db.value("SELECT path FROM catalog WHERE key = ?", (key,))
            above = db.one("SELECT key, path FROM catalog WHERE key = ?", (parent,))
            forward(
                draft,
                [
                    Item(
                        "asset",
                        asset,
                        {"catalog": [key, own]},
                        {"catalog": None if above is None else list(above)},
                    )
                    for (asset,) in db.rows("SELECT key FROM asset WHERE catalog = ?", (key,))
                ],
            )
            # Out of the way first: one of its children may bear its own name.
            aside = {"name": f"\x00{key}", "parent": parent}
            items = [Item("catalog", key, before, aside)]
            for child, name in db.rows("SELECT key, name FROM catalog WHERE parent = ?", (key,)):
                state = {"name": name, "parent": key}
                if fold(name) != fold(before["name"]):
                    _refuse_taken(self.db, name if above is None else f"{above[1]}/{name}")
                items.append(Item("catalog", child, state, {**state, "parent": parent}))
            forward(draft, [*items, Item("catalog", key, aside, None)])
            label = f"remove catalog {path}"
            return draft.finish("edit", label=label, author=author, undoable=True)


def _put(draft: Draft, key: int, before: State, after: State) -> None:
    start = draft.db.value("SELECT path FROM catalog WHERE key = ?", (after["parent"],))
    path = after["name"] if start is None else f"{start}/{after['name']}"
    if find_catalog(draft.db, path) != key:
        _refuse_taken(draft.db, path)
    if before != after:
        forward(draft, [Item("catalog", key, before, after)])


def _refuse_taken(db: Database, path: str) -> None:
    if find_catalog(db, path) is not None:
        raise Conflict(f"there is a catalog {path!r} already", subject=path)


def _state(db: Database, key: int) -> State:
    row = db.one("SELECT name, parent FROM catalog WHERE key = ?", (key,))
    assert row is not None
    return {"name": row[0], "parent": row[1]}


def need_catalog(db: Database, path: str) -> int:
    """The key of a catalog; NotFound when there is none."""
    key = find_catalog(db, path.strip().strip("/"))
    if key is None:
        raise NotFound(f"there is no catalog {path!r}", subject=path)
    return key
