"""In which order groups come, so that files can be made of them while they pass by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise

from audobon.services.depot.contents import Span
from audobon.storage.chunks.layout import Recipe
from audobon.storage.chunks.lists import chunk_ids

__all__ = ["in_order"]

_Places = dict[bytes, tuple[str, int]]
"""Pack and offset of the group of each chunk."""


def in_order(spans: Iterable[Span], recipes: Mapping[str, Recipe]) -> list[Span]:
    """Files one after the other, as they lie in their packs: what follows a file in the same group
    waits least for its turn.

    But versions of one file are read beside each other, each chunk where it stands in the file: the
    few that are in one only, and lie far away, come between those that all have.
    """
    wanted = list(spans)
    lie = {
        item: (span.pack, group.offset)
        for span in wanted
        for group in span.groups
        for item, _, _ in group.items()
    }
    at = _turns(_as_they_lie(recipes.values(), lie))
    last = (len(recipes), 0)

    def first(span: Span) -> tuple[int, int]:
        items = (item for group in span.groups for item, _, _ in group.items())
        return min((at[item] for item in items if item in at), default=last)

    return sorted(wanted, key=first)


def _as_they_lie(recipes: Iterable[Recipe], lie: _Places) -> list[tuple[Recipe, list[bytes]]]:
    """Recipes with their chunks, in the order of where most of each lies."""
    files = [(recipe, chunk_ids(recipe)) for recipe in recipes]
    order = _chained([[lie[item][0] for item in ids if item in lie] for _, ids in files])

    def place(file: tuple[Recipe, list[bytes]]) -> tuple[int, int]:
        places = [lie[item] for item in file[1] if item in lie]
        if not places:
            return len(order), 0
        pack = Counter(pack for pack, _ in places).most_common(1)[0][0]
        return order[pack], min(offset for where, offset in places if where == pack)

    return sorted(files, key=place)


def _chained(files: Sequence[Sequence[str]]) -> dict[str, int]:
    """Numbers of packs, so that one comes after another where a file goes on in it.

    Names say nothing of that. Where several could follow, it is the one in which most goes on.
    """
    steps = Counter[tuple[str, str]]()
    for packs in files:
        runs = [(pack, sum(1 for _ in run)) for pack, run in groupby(packs)]
        for (one, before), (two, after) in pairwise(runs):
            steps[one, two] += min(before, after)
    following: dict[str, str] = {}
    head = {pack: pack for packs in files for pack in packs}
    for (one, two), _ in steps.most_common():
        if one not in following and head[two] == two and head[one] != two:
            following[one] = two
            # So that no chain ends in itself.
            member: str | None = two
            while member is not None:
                head[member] = head[one]
                member = following.get(member)
    order: dict[str, int] = {}
    for pack in [pack for pack, first in head.items() if pack == first]:
        member = pack
        while member is not None:
            order[member] = len(order)
            member = following.get(member)
    return order


def _turns(files: Iterable[tuple[Recipe, list[bytes]]]) -> dict[bytes, tuple[int, int]]:
    """For each chunk the number of the first of the files that are alike, and where it stands."""
    at: dict[bytes, tuple[int, int]] = {}
    for number, (recipe, ids) in enumerate(files):
        shared = Counter(at[item][0] for item in ids if item in at)
        among = shared.most_common(1)[0][0] if shared else number
        offset = 0
        for item, length in zip(ids, recipe.lengths, strict=True):
            at[item] = min(at.get(item, (among, offset)), (among, offset))
            offset += length
    return at
