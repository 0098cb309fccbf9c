"""The words of a library as plain data: for the history, and back from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from audobon.codec.plain import from_plain
from audobon.errors import Corrupt, Invalid
from audobon.model.change import Change
from audobon.storage.catalog.apply import find_tag, forward
from audobon.storage.catalog.log import Draft, Item, Part, drafting
from audobon.storage.catalog.names import (
    catalog_key,
    clean_set,
    clean_tag,
    clean_text,
    create_tag_row,
)
from audobon.storage.catalog.words import rule_items, rules_by_name
from audobon.system.names import fold

__all__ = ["Vocabulary"]


@frozen(slots=True)
class _Tag:
    name: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()


@frozen(slots=True)
class _Words:
    tags: tuple[_Tag, ...] = ()
    catalogs: tuple[str, ...] = ()
    sets: Mapping[str, str] = {}
    rules: Mapping[str, str] = {}


class Vocabulary(Part):
    """Tags, catalogs, sets and rules. Edges and decisions belong to the manifest of each asset."""

    def vocabulary(self) -> dict[str, Any]:
        """Everything that assets are described with, in a fixed order, as JSON data.

        ``tags`` are ``{name, parent, aliases}``, ``catalogs`` paths, ``sets``
        queries by name, ``roots`` names (their folders belong to a machine),
        ``rules`` always or never by tag; without a rule that key is not there.
        """
        db = self.db
        with db.read():
            tags = db.rows(
                "SELECT t.name, p.name, t.key FROM tag t LEFT JOIN tag p ON p.key = t.parent "
                "ORDER BY t.fold"
            )
            aliases: dict[int, list[str]] = {}
            for key, alias in db.rows("SELECT tag, alias FROM tag_alias ORDER BY fold"):
                aliases.setdefault(key, []).append(alias)
            rules = rules_by_name(db)
            return {
                "tags": [
                    {"name": name, "parent": parent, "aliases": aliases.get(key, [])}
                    for name, parent, key in tags
                ],
                "catalogs": [
                    path for (path,) in db.rows("SELECT path FROM catalog ORDER BY path_fold")
                ],
                "sets": dict(db.rows("SELECT name, query FROM saved_set ORDER BY name")),
                "roots": [name for (name,) in db.rows("SELECT name FROM root ORDER BY name")],
                **({"rules": rules} if rules else {}),
            }

    def load_vocabulary(self, data: Mapping[str, Any], *, author: str, now: datetime) -> Change:
        """Make everything that ``data`` names be as it says; what it does not name stays.

        Not undoable. Corrupt when the data is not what :meth:`vocabulary`
        gives, or a tag in it lies below itself.
        """
        from audobon.model.suggestion import RULES

        try:
            words = from_plain(dict(data), _Words)
            with drafting(self.db, now) as draft:
                _load_tags(draft, words.tags)
                for path in words.catalogs:
                    catalog_key(draft, path)
                _load_sets(draft, words.sets)
                for tag, rule in words.rules.items():
                    if rule in RULES:  # a newer version may know more
                        forward(draft, rule_items(self.db, clean_tag(tag), rule))
                return draft.finish("update", label="vocabulary", author=author, undoable=False)
        except (ValueError, Invalid) as exc:
            raise Corrupt(f"a vocabulary is not readable: {exc}") from exc

    def drop_words(
        self, gone: Mapping[str, Sequence[str]], *, author: str, now: datetime
    ) -> Change | None:
        """Take away tags, aliases, catalogs, sets and rules by their names; not undoable.

        What an asset or another word needs stays, and what is not there is
        left alone. None when no name is given.
        """
        if not any(gone.values()):
            return None
        with drafting(self.db, now) as draft:
            for tag in gone.get("rules", ()):
                forward(draft, rule_items(self.db, tag, None))
            for alias in gone.get("aliases", ()):
                state = _alias_state(draft, alias)
                if state is not None:
                    forward(draft, [Item("alias", 0, state, None)])
            _drop(draft, "tag", "fold", gone.get("tags", ()))
            # The deepest first: one that still holds another stays.
            paths = sorted(gone.get("catalogs", ()), key=lambda path: -path.count("/"))
            _drop(draft, "catalog", "path_fold", paths)
            self.db.many(
                "DELETE FROM saved_set WHERE name = ?", [(name,) for name in gone.get("sets", ())]
            )
            return draft.finish("update", label="vocabulary", author=author, undoable=False)


def _drop(draft: Draft, table: str, column: str, names: Sequence[str]) -> None:
    db = draft.db
    keys = [db.value(f"SELECT key FROM {table} WHERE {column} = ?", (fold(n),)) for n in names]
    # Twice: a tag goes once those below it are gone.
    for key in (*keys, *reversed(keys)):
        row = db.one(f"SELECT name, parent FROM {table} WHERE key = ?", (key,))
        if row is not None:
            forward(draft, [Item(table, key, {"name": row[0], "parent": row[1]}, None)])


def _load_sets(draft: Draft, sets: Mapping[str, str]) -> None:
    draft.db.many(
        "INSERT OR REPLACE INTO saved_set VALUES (?, ?)",
        [(clean_set(name), clean_text(query, what="query")) for name, query in sets.items()],
    )


def _load_tags(draft: Draft, tags: Sequence[_Tag]) -> None:
    db = draft.db
    keys = {fold(tag.name): _own_key(draft, clean_tag(tag.name)) for tag in tags}
    _refuse_rings(tags)
    wanted: dict[int, dict[str, Any]] = {}
    for tag in tags:
        parent = None if tag.parent is None else keys.get(fold(tag.parent))
        if tag.parent is not None and parent is None:
            parent = _own_key(draft, clean_tag(tag.parent))
        wanted[keys[fold(tag.name)]] = {"name": tag.name, "parent": parent}
    current = {
        key: {"name": name, "parent": parent}
        for key, name, parent in db.rows("SELECT key, name, parent FROM tag")
    }
    differing = [key for key, state in wanted.items() if current[key] != state]
    forward(draft, [Item("tag", key, current[key], wanted[key]) for key in differing])
    for tag in tags:
        key = keys[fold(tag.name)]
        for alias in tag.aliases:
            meant = find_tag(db, clean_tag(alias))
            if meant == key:
                continue
            forward(
                draft, [Item("alias", 0, _alias_state(draft, alias), {"alias": alias, "tag": key})]
            )


def _own_key(draft: Draft, name: str) -> int:
    """The key of the tag of this very name; an alias in its way gives way."""
    found = draft.db.value("SELECT key FROM tag WHERE fold = ?", (fold(name),))
    if found is not None:
        return int(found)
    state = _alias_state(draft, name)
    if state is not None:
        forward(draft, [Item("alias", 0, state, None)])
    return create_tag_row(draft, name)


def _alias_state(draft: Draft, alias: str) -> dict[str, Any] | None:
    row = draft.db.one("SELECT alias, tag FROM tag_alias WHERE fold = ?", (fold(alias),))
    return None if row is None else {"alias": row[0], "tag": row[1]}


def _refuse_rings(tags: Sequence[_Tag]) -> None:
    parents = {fold(tag.name): tag.parent and fold(tag.parent) for tag in tags}
    for tag in tags:
        seen = {fold(tag.name)}
        here = parents[fold(tag.name)]
        while here:
            if here in seen:
                raise Corrupt(f"the tag {tag.name!r} lies below itself", subject=tag.name)
            seen.add(here)
            here = parents.get(here)
