"""How versions come from each other, followed by ourselves: for places that libgit2 cannot read."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import count

from audobon.errors import AudobonError, Corrupt
from audobon.storage.history.commits import parse_commit
from audobon.storage.history.store import Commit, Objects, Order

__all__ = ["ReadGraph"]

_KEPT = 100_000
"""Commits whose parents are remembered, some 200 bytes each: they never change."""


class ReadGraph:
    """``Graph`` over any objects. Exact whatever the clocks said, at the cost of all versions.

    Measured for 2,000 versions: 65 ms the first time that a question goes back to the beginning,
    then 1.5 ms; libgit2 takes 19 and 3.
    """

    def __init__(self, objects: Objects, shallow: Callable[[], frozenset[str]]) -> None:
        self._objects = objects
        self._shallow = shallow
        self._links = lru_cache(_KEPT)(self._read_links)

    def commit(self, id: str) -> Commit:
        return self._commit(id, self._shallow())

    def walk(
        self, tips: Iterable[str], hidden: Iterable[str] = (), *, order: Order = "any"
    ) -> Iterator[Commit]:
        ends = self._shallow()
        out = self._ancestors(hidden, ends)
        found = self._ancestors(tips, ends, without=out)
        ordered: Iterable[str] = found if order == "any" else self._sorted(found, ends)
        if order == "oldest":
            ordered = reversed(list(ordered))
        for id in ordered:
            yield self._commit(id, ends)

    def base(self, a: str, b: str) -> str | None:
        ends = self._shallow()
        common = self._ancestors((a,), ends).keys() & self._ancestors((b,), ends).keys()
        # All that leads to one that is common is common too: the parents are never the newest.
        inner = {parent for id in common for parent in self._parents(id, ends)}
        return max(common - inner, key=lambda id: (self._links(id)[1], id), default=None)

    def counts(self, a: str, b: str) -> tuple[int, int]:
        ends = self._shallow()
        mine, others = self._ancestors((a,), ends).keys(), self._ancestors((b,), ends).keys()
        return len(mine - others), len(others - mine)

    def leads_to(self, old: str, new: str) -> bool:
        return old != new and old in self._ancestors((new,), self._shallow(), until=old)

    def _ancestors(
        self,
        tips: Iterable[str],
        ends: frozenset[str],
        *,
        without: dict[str, None] | None = None,
        until: str = "",
    ) -> dict[str, None]:
        """All that lead to ``tips``, in the order in which they were met."""
        without = without or {}
        found: dict[str, None] = {}
        queue = list(tips)
        while queue and until not in found:
            id = queue.pop()
            if id not in found and id not in without:
                parents = self._parents(id, ends)  # raises for one that is missing
                found[id] = None
                queue += parents
        return found

    def _sorted(self, found: dict[str, None], ends: frozenset[str]) -> Iterator[str]:
        """Children before parents, of those that could come next the newest first."""
        children = dict.fromkeys(found, 0)
        for id in found:
            for parent in self._parents(id, ends):
                if parent in children:
                    children[parent] += 1
        turn = count()
        ready = [(-self._links(id)[1], next(turn), id) for id in found if not children[id]]
        heapq.heapify(ready)
        while ready:
            _, _, id = heapq.heappop(ready)
            yield id
            for parent in self._parents(id, ends):
                if parent in children:
                    children[parent] -= 1
                    if not children[parent]:
                        heapq.heappush(ready, (-self._links(parent)[1], next(turn), parent))

    def _parents(self, id: str, ends: frozenset[str]) -> tuple[str, ...]:
        return () if id in ends else self._links(id)[0]

    def _read_links(self, id: str) -> tuple[tuple[str, ...], int]:
        commit = self._commit(id, frozenset())
        return commit.parents, commit.time

    def _commit(self, id: str, ends: frozenset[str]) -> Commit:
        try:
            kind, data = self._objects.read(bytes.fromhex(id))
            found = parse_commit(id, data) if kind == 1 else None
        except (AudobonError, ValueError) as exc:
            raise _missing(id) from exc
        if found is None:
            raise _missing(id)
        return Commit(
            found.id,
            found.tree,
            () if id in ends else found.parents,
            found.message,
            found.name,
            found.email,
            found.time,
        )


def _missing(id: str) -> Corrupt:
    return Corrupt(f"the version {id} is missing from the history", subject=id)
