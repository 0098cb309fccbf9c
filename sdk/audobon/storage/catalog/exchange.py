"""The words of another library, taken into this one as one undoable change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import define, field

from audobon.storage.catalog.apply import find_tag, forward, tag_subtree
from audobon.storage.catalog.log import Draft, Item, Part, drafting
from audobon.storage.catalog.names import (
    catalog_key,
    clean_catalog,
    clean_set,
    clean_tag,
    create_tag_row,
    find_catalog,
    tag_keys,
)
from audobon.storage.catalog.rows import dump
from audobon.storage.sqlite import Database
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.model.words import MarkedAsset, TagWord, TakenWords, Words

__all__ = ["Exchange"]


@define
class _Taken:
    """What came in so far. ``theirs`` lets the other library win where both differ."""

    theirs: bool
    tags: list[str] = field(factory=list)
    catalogs: list[str] = field(factory=list)
    sets: list[str] = field(factory=list)
    unknown: list[str] = field(factory=list)
    kept: list[str] = field(factory=list)
    assets: int = 0


class Exchange(Part):
    """Part of the catalog. What the words mean here already is not changed without being asked."""

    def marked(self) -> tuple[MarkedAsset, ...]:
        """Every asset with a tag or a rating that is in the library, by path."""
        from audobon.model.words import MarkedAsset

        rows = self.db.rows(
            "SELECT a.path, a.size, a.digest, a.partial, (SELECT group_concat(t.name, char(31)) "
            "FROM asset_tag x JOIN tag t ON t.key = x.tag WHERE x.asset = a.key), a.rating "
            "FROM asset a WHERE a.state <> 'removed' AND (a.rating > 0 OR "
            "EXISTS (SELECT 1 FROM asset_tag x WHERE x.asset = a.key)) ORDER BY a.path, a.key"
        )
        return tuple(
            MarkedAsset(
                *(path, size, digest, partial.hex()),
                *(tuple(sorted(tags.split("\x1f"), key=fold)) if tags else (), rating),
            )
            for path, size, digest, partial, tags, rating in rows
        )

    def take_words(self, words: Words, *, theirs: bool, author: str, now: datetime) -> TakenWords:
        """Take everything in that ``words`` names, or nothing where a name is not allowed.

        Invalid names what; then nothing has changed. The rules stand in ``docs/exchange.md``.
        """
        from audobon.model.words import TakenWords

        with drafting(self.db, now) as draft:
            taken = _Taken(theirs)
            _take_tags(draft, words.tags, taken)
            for path in words.catalogs:
                cleaned = clean_catalog(path)
                if find_catalog(self.db, cleaned) is None:
                    catalog_key(draft, cleaned)
                    taken.catalogs.append(cleaned)
            for name, query in sorted(words.sets.items()):
                _take_set(draft, clean_set(name), query, taken)
            _take_marks(draft, words.assets, taken)
            change = None
            if draft.items:
                label = f"take over the words of {words.library or 'a file'}"
                change = draft.finish("edit", label=label, author=author, undoable=True).id
            return TakenWords(
                change,
                *(tuple(taken.tags), tuple(taken.catalogs), tuple(taken.sets), taken.assets),
                *(tuple(taken.unknown), tuple(taken.kept)),
            )


def _take_tags(draft: Draft, tags: Sequence[TagWord], taken: _Taken) -> None:
    """New tags first, so that every parent and alias can name one."""
    db = draft.db
    keys: dict[str, int] = {}
    new: set[int] = set()
    for tag in tags:
        name = clean_tag(tag.name)
        key = find_tag(db, name)
        if key is None:
            key = create_tag_row(draft, name)
            taken.tags.append(name)
            new.add(key)
        keys[fold(name)] = key
    for tag in tags:
        key = keys[fold(clean_tag(tag.name))]
        if tag.parent is not None:
            _take_parent(draft, key, clean_tag(tag.parent), key in new, taken)
        for alias in tag.aliases:
            _take_alias(draft, key, clean_tag(alias), taken)


def _take_parent(draft: Draft, key: int, parent: str, new: bool, taken: _Taken) -> None:
    db = draft.db
    above = find_tag(db, parent)
    if above is None:
        above = create_tag_row(draft, parent)
        taken.tags.append(parent)
    name, current = db.rows("SELECT name, parent FROM tag WHERE key = ?", (key,))[0]
    if current == above:
        return
    if above in tag_subtree(db, key):
        taken.kept.append(f"the tag {name} stays where it is: {parent} is below it here")
    elif current is not None and not new and not taken.theirs:
        here = db.value("SELECT name FROM tag WHERE key = ?", (current,))
        taken.kept.append(f"the tag {name} stays below {here}; there it is below {parent}")
    else:
        state = {"name": name, "parent": current}
        forward(draft, [Item("tag", key, state, {**state, "parent": above})])


def _take_alias(draft: Draft, key: int, alias: str, taken: _Taken) -> None:
    meant = find_tag(draft.db, alias)
    if meant is None:
        forward(draft, [Item("alias", 0, None, {"alias": alias, "tag": key})])
    elif meant != key:
        other = draft.db.value("SELECT name FROM tag WHERE key = ?", (meant,))
        taken.kept.append(f"{alias} goes on to mean the tag {other}")


def _take_set(draft: Draft, name: str, query: str, taken: _Taken) -> None:
    current = draft.db.value("SELECT query FROM saved_set WHERE name = ?", (name,))
    if current == query:
        return
    if current is not None and not taken.theirs:
        taken.kept.append(f"the set {name} stays {current}; there it is {query}")
        return
    before = None if current is None else {"name": name, "query": current}
    forward(draft, [Item("set", 0, before, {"name": name, "query": query})])
    taken.sets.append(name)


def _take_marks(draft: Draft, assets: Sequence[MarkedAsset], taken: _Taken) -> None:
    db = draft.db
    known = _Known(db, assets)
    names = dict.fromkeys(name for asset in assets for name in asset.tags)
    before = {name: find_tag(db, clean_tag(name)) for name in names}
    pairs = {name: tag_keys(draft, [name])[0] for name in names}
    taken.tags += [name for name, key in before.items() if key is None]
    marked: set[int] = set()
    for asset in assets:
        keys = known.keys(asset)
        if not keys:
            taken.unknown.append(asset.path)
        for key in keys:
            item = _mark(db, key, asset, pairs, taken)
            if item is not None:
                forward(draft, [item])
                marked.add(key)
    taken.assets = len(marked)


def _mark(
    db: Database,
    key: int,
    asset: MarkedAsset,
    pairs: dict[str, tuple[int, str]],
    taken: _Taken,
) -> Item | None:
    """What is new for an asset: tags come to those it has, a rating where it has none."""
    has = {tag for (tag,) in db.rows("SELECT tag FROM asset_tag WHERE asset = ?", (key,))}
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    won = [list(pairs[name]) for name in asset.tags if pairs[name][0] not in has]
    if won:
        after["tags"] = won
    rating, path = db.rows("SELECT rating, path FROM asset WHERE key = ?", (key,))[0]
    if asset.rating and rating != asset.rating:
        if rating == 0 or taken.theirs:
            before["rating"], after["rating"] = rating, asset.rating
        else:
            taken.kept.append(f"{path} keeps its {rating} stars; there it has {asset.rating}")
    return Item("asset", key, before, after) if after else None


class _Known:
    """Which assets here have the bytes of those there: by digest, else by size and samples."""

    def __init__(self, db: Database, assets: Sequence[MarkedAsset]) -> None:
        self._digests = _keys(
            db.rows(
                "SELECT digest, key FROM asset WHERE state <> 'removed' AND digest <> '' "
                "AND digest IN (SELECT value FROM json_each(?))",
                (dump([asset.digest for asset in assets if asset.digest]),),
            )
        )
        rows = db.rows(
            "SELECT lower(hex(partial)), size, digest, key FROM asset WHERE state <> 'removed' "
            "AND size IN (SELECT value FROM json_each(?))",
            (dump([asset.size for asset in assets]),),
        )
        self._partials = _keys(
            ((partial, size), (digest, key)) for partial, size, digest, key in rows
        )

    def keys(self, asset: MarkedAsset) -> list[int]:
        found = self._digests.get(asset.digest, []) if asset.digest else []
        if found or not asset.partial:
            return found
        # Where both digests are known they decide, and these were not equal.
        return [
            key
            for digest, key in self._partials.get((asset.partial, asset.size), [])
            if not (digest and asset.digest)
        ]


def _keys(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
