"""Three-way merge of the library's own record: tags, catalogs, sets, roots, rules. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from audobon.services.versioning.threeway import Clash, merge_sets, merge_values
from audobon.system.names import fold

__all__ = ["MergedWords", "Words", "merge_words", "words_gone"]

Record = Mapping[str, Any]
"""The form of ``Catalog.vocabulary``."""


@frozen(slots=True)
class Words:
    """The record by what things are called, case left out of account.

    ``tags`` are their spelling, ``parents`` and ``aliases`` the folded name of
    a tag; ``aliases`` has the alias as it is written first, ``rules`` the tag.
    """

    tags: Mapping[str, str]
    parents: Mapping[str, str]
    aliases: Mapping[str, tuple[str, str]]
    catalogs: Mapping[str, str]
    sets: Mapping[str, str]
    roots: frozenset[str]
    rules: Mapping[str, tuple[str, str]]

    @classmethod
    def read(cls, record: Record) -> Words:
        rows = record.get("tags", ())
        return cls(
            {fold(row["name"]): row["name"] for row in rows},
            {fold(row["name"]): fold(row["parent"]) for row in rows if row.get("parent")},
            {
                fold(alias): (alias, fold(row["name"]))
                for row in rows
                for alias in row.get("aliases", ())
            },
            {fold(path): path for path in record.get("catalogs", ())},
            dict(record.get("sets", {})),
            frozenset(record.get("roots", ())),
            {fold(tag): (tag, rule) for tag, rule in record.get("rules", {}).items()},
        )


DecideWord = Callable[[str, str], str]
"""As ``threeway.Decide``, from the label of a thing and what its clash is about."""


def _undecided(_label: str, _what: str) -> str:
    return ""


@frozen(slots=True)
class MergedWords:
    """The merged record. Clashes are about a thing by its label, such as ``tag wood``."""

    record: dict[str, Any]
    clashes: tuple[tuple[str, Clash], ...] = ()


def merge_words(
    base: Record,
    ours: Record,
    theirs: Record,
    *,
    decide: DecideWord = _undecided,
    tags: Iterable[str] = (),
    catalogs: Iterable[str] = (),
) -> MergedWords:
    """One record from three. ``decide`` says what to take by a clash's label and what it is about.

    ``tags`` and ``catalogs`` are in use by assets and therefore stay. A tag
    goes before an alias of the same word. No tag lies below itself: where the
    two sides together would make it so, their parents clash.
    """
    merge = _Merge(Words.read(base), Words.read(ours), Words.read(theirs), decide)
    names = merge.tags(tags)
    parents = merge.parents(names)
    aliases = merge.aliases(names)
    rules = merge.rules()
    record = {
        **ours,
        "tags": [
            {
                "name": name,
                "parent": names.get(parents.get(key, "")),
                "aliases": [alias for _, (alias, tag) in sorted(aliases.items()) if tag == key],
            }
            for key, name in sorted(names.items())
        ],
        "catalogs": merge.catalogs(catalogs),
        "sets": merge.sets(),
        "roots": sorted(merge_sets(*(side.roots for side in merge.sides))),
        "rules": rules,
    }
    if not rules:  # as in a library that never had one
        del record["rules"]
    return MergedWords(record, tuple(merge.clashes))


class _Merge:
    def __init__(self, base: Words, ours: Words, theirs: Words, decide: DecideWord) -> None:
        self.sides = (base, ours, theirs)
        self._decide = decide
        self.clashes: list[tuple[str, Clash]] = []

    def tags(self, used: Iterable[str]) -> dict[str, str]:
        base, ours, theirs = (side.tags for side in self.sides)
        kept = merge_sets(base, ours, theirs)
        names = {}
        for key in kept:
            # Two spellings of one word are no clash anybody wants to hear of.
            name = merge_values(base.get(key), ours.get(key), theirs.get(key))[0]
            names[key] = name or ours.get(key) or theirs[key]
        for name in used:
            names.setdefault(fold(name), ours.get(fold(name)) or theirs.get(fold(name)) or name)
        return names

    def parents(self, names: Mapping[str, str]) -> dict[str, str]:
        maps = [side.parents for side in self.sides]
        parents: dict[str, str] = {}
        for key in sorted(names):
            values = [parent.get(key, "") for parent in maps]
            value, clash = merge_values(*values)
            if clash:
                value = self._clash(f"tag {names[key]}", "parent", values)
            if value in names:
                parents[key] = value
        self._open_rings(names, parents)
        return parents

    def _open_rings(self, names: Mapping[str, str], parents: dict[str, str]) -> None:
        """Each side alone has no ring; both together may."""
        ours, theirs = (self.sides[1].parents, self.sides[2].parents)
        for side in (ours, ours, theirs):
            ring = _ring(parents)
            if not ring:
                return
            for key in ring:
                values = [side.parents.get(key, "") for side in self.sides]
                label = f"tag {names[key]}"
                if values[1] != values[2] and label not in {name for name, _ in self.clashes}:
                    parents[key] = self._clash(label, "parent", values)
                else:
                    parents[key] = side.get(key, "")
                if parents[key] not in names:
                    del parents[key]
        for key in _ring(parents):
            parents.pop(key)

    def aliases(self, names: Mapping[str, str]) -> dict[str, tuple[str, str]]:
        maps = [side.aliases for side in self.sides]
        found: dict[str, tuple[str, str]] = {}
        for key in sorted({key for aliases in maps for key in aliases}):
            values = [aliases[key][1] if key in aliases else "" for aliases in maps]
            tag, clash = merge_values(*values)
            word = next(aliases[key][0] for aliases in (*maps[1:], maps[0]) if key in aliases)
            if clash and all(values[1:]):
                shown = [names.get(value, value) for value in values]
                tag = fold(self._clash(f"alias {word}", "tag", shown))
            elif clash:
                tag = values[1] or values[2]
            if tag in names and key not in names:
                found[key] = (word, tag)
        return found

    def catalogs(self, used: Iterable[str]) -> list[str]:
        maps = [side.catalogs for side in self.sides]
        found = {key: maps[1].get(key) or maps[2][key] for key in merge_sets(*maps)}
        for path in [*found.values(), *used]:
            parts = path.split("/")
            for depth in range(1, len(parts) + 1):
                above = "/".join(parts[:depth])
                found.setdefault(fold(above), maps[1].get(fold(above)) or above)
        return [found[key] for key in sorted(found)]

    def sets(self) -> dict[str, str]:
        maps = [side.sets for side in self.sides]
        merged: dict[str, str] = {}
        for name in sorted({name for sets in maps for name in sets}):
            values = [sets.get(name, "") for sets in maps]
            value, clash = merge_values(*values)
            if clash:
                value = self._clash(f"set {name}", "query", values)
            if value:
                merged[name] = value
        return merged

    def rules(self) -> dict[str, str]:
        maps = [side.rules for side in self.sides]
        merged: dict[str, str] = {}
        for key in sorted({key for rules in maps for key in rules}):
            values = [rules[key][1] if key in rules else "" for rules in maps]
            tag = next(rules[key][0] for rules in (*maps[1:], maps[0]) if key in rules)
            value, clash = merge_values(*values)
            if clash:
                value = self._clash(f"rule {tag}", "rule", values)
            if value:
                merged[tag] = value
        return merged

    def _clash(self, label: str, what: str, values: list[str]) -> str:
        """Note a clash; the value that counts."""
        take = self._decide(label, what)
        self.clashes.append((label, Clash(what, values[0], values[1], values[2], take=take)))
        return values[2] if take == "theirs" else values[1]


def _ring(parents: Mapping[str, str]) -> list[str]:
    """The tags of one ring, none when there is none."""
    for start in sorted(parents):
        path = [start]
        while (above := parents.get(path[-1], "")) and above not in path:
            path.append(above)
        if above:
            return path[path.index(above) :]
    return []


def words_gone(before: Record, after: Record) -> dict[str, tuple[str, ...]]:
    """Names that one record has and another has not: of tags, aliases, catalogs, sets, rules."""
    old, new = Words.read(before), Words.read(after)
    return {
        "tags": tuple(name for key, name in old.tags.items() if key not in new.tags),
        "aliases": tuple(word for key, (word, _) in old.aliases.items() if key not in new.aliases),
        "catalogs": tuple(path for key, path in old.catalogs.items() if key not in new.catalogs),
        "sets": tuple(name for name in old.sets if name not in new.sets),
        "rules": tuple(tag for key, (tag, _) in old.rules.items() if key not in new.rules),
    }
