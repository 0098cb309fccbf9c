"""The parts of two contents side by side: added, removed, renamed, moved, changed."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from audobon.model.asset import AttributeValue
from audobon.model.parts import Part, PartChange
from audobon.model.version import FieldChange

__all__ = ["compare_parts"]

ORDERED = frozenset({"layer"})
"""Kinds whose order is part of the picture. Parts of these are given from the top down; their
names are paths, and only parts in the same group are above each other."""

BOTTOM = "(bottom)"

Key = tuple[str, str]
Pair = tuple[Part, Part]


def compare_parts(old: Sequence[Part], new: Sequence[Part]) -> tuple[PartChange, ...]:
    """What differs, in the order of ``new``, and removed parts after it. Pure.

    Parts are the same when kind and name are; of the rest those with the same
    ``ident`` are renamed, then those with the same digest, where only one on
    either side has it. In :data:`ORDERED` kinds the fewest parts that explain
    another order count as moved.
    """
    pairs = _paired(old, new)
    known = {(part.kind, part.name) for part, _ in pairs.values()}
    moved = _moved(old, new, pairs)
    changes = []
    for part in new:
        pair = pairs.get((part.kind, part.name))
        if pair is None:
            changes.append(PartChange(part.kind, part.name, "added"))
            continue
        fields = [*_fields(*pair), *moved.get((part.kind, part.name), ())]
        content = pair[0].digest != part.digest
        if fields or content:
            changes.append(PartChange(part.kind, part.name, "modified", tuple(fields), content))
    gone = [part for part in old if (part.kind, part.name) not in known]
    return (*changes, *(PartChange(part.kind, part.name, "removed") for part in gone))


def _paired(old: Sequence[Part], new: Sequence[Part]) -> dict[Key, Pair]:
    """Kind and name after -> both parts, for all that are on both sides."""
    before = {(part.kind, part.name): part for part in old}
    after = {(part.kind, part.name): part for part in new}
    pairs = {}
    # What keeps its identity is followed first: two layers may swap their names.
    for lost, found in _unique(old, new, "ident"):
        pairs[found.kind, found.name] = (lost, found)
    taken = {(lost.kind, lost.name) for lost, _ in pairs.values()}
    for key in after:
        if key not in pairs and key in before and key not in taken:
            pairs[key] = (before[key], after[key])
    taken = {(lost.kind, lost.name) for lost, _ in pairs.values()}
    left = [part for key, part in before.items() if key not in taken]
    fresh = [part for key, part in after.items() if key not in pairs]
    for lost, found in _unique(left, fresh, "digest"):
        pairs[found.kind, found.name] = (lost, found)
    return pairs


def _unique(old: Iterable[Part], new: Iterable[Part], name: str) -> list[Pair]:
    """Parts of a kind that have the same value, where it is the only one on either side."""
    before, after = _only(old, name), _only(new, name)
    return [(before[key], part) for key, part in after.items() if key in before]


def _only(parts: Iterable[Part], name: str) -> dict[Key, Part]:
    parts = [part for part in parts if getattr(part, name)]
    counts = Counter((part.kind, getattr(part, name)) for part in parts)
    keyed = (((part.kind, getattr(part, name)), part) for part in parts)
    return {key: part for key, part in keyed if counts[key] == 1}


def _fields(old: Part, new: Part) -> list[FieldChange]:
    found = [] if old.name == new.name else [FieldChange("name", old.name, new.name)]
    for name in dict.fromkeys((*old.facts, *new.facts)):
        before, after = _text(old.facts, name), _text(new.facts, name)
        if before != after:
            found.append(FieldChange(name, before, after))
    return found


def _text(facts: Mapping[str, AttributeValue], name: str) -> str:
    value = facts.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _moved(
    old: Sequence[Part], new: Sequence[Part], pairs: Mapping[Key, Pair]
) -> dict[Key, tuple[FieldChange, ...]]:
    """The field ``above`` of every part that changed its place among those that stayed."""
    rank = {(part.kind, part.name): at for at, part in enumerate(old)}
    groups: dict[tuple[str, str], list[Pair]] = {}
    for part in new:
        pair = pairs.get((part.kind, part.name))
        if part.kind in ORDERED and pair is not None and _group(pair[0]) == _group(part):
            groups.setdefault((part.kind, _group(part)), []).append(pair)
    was_on, is_on = _grounds(old), _grounds(new)
    found: dict[Key, tuple[FieldChange, ...]] = {}
    for together in groups.values():
        ranks = [rank[was.kind, was.name] for was, _ in together]
        still = _increasing(ranks)
        for at, (was, now) in enumerate(together):
            if at not in still:
                here, there = (was.kind, was.name), (now.kind, now.name)
                found[there] = (FieldChange("above", was_on[here], is_on[there]),)
    return found


def _group(part: Part) -> str:
    return part.name.rpartition("/")[0]


def _grounds(parts: Sequence[Part]) -> dict[Key, str]:
    """What each part lies on: the next one below it in its group."""
    found: dict[Key, str] = {}
    last: dict[Key, str] = {}
    for part in reversed(parts):
        group, _, name = part.name.rpartition("/")
        found[part.kind, part.name] = last.get((part.kind, group), BOTTOM)
        last[part.kind, group] = name
    return found


def _increasing(numbers: Sequence[int]) -> set[int]:
    """Places of a longest increasing run (patience sorting): what need not have moved."""
    tops: list[int] = []
    places: list[int] = []
    back: list[int] = []
    for at, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        tops[pile : pile + 1] = [number]
        places[pile : pile + 1] = [at]
        back.append(places[pile - 1] if pile else -1)
    kept = set()
    at = places[-1] if places else -1
    while at >= 0:
        kept.add(at)
        at = back[at]
    return kept
