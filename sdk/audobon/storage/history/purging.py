"""The part of the history that lets assets vanish from all versions, and their objects for good.

Order: the new versions, durable; then each ref by compare-and-swap; then the objects that no ref
leads to any more. Cut off anywhere the same call goes on: a version that is written anew twice
gets the same id.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.errors import Busy, Corrupt
from audobon.storage.history.store import Store
from audobon.storage.history.trees import EMPTY_TREE, TREE, WriteObject, parse

if TYPE_CHECKING:
    from audobon.storage.history.erasing import Rewriter, Survey, Unwanted
    from audobon.storage.history.reach import Reach

__all__ = ["Erased", "Purging"]

_TRIES = 5


@frozen(slots=True)
class Erased:
    """``commits`` leads from each version that was written anew to what it is now.

    ``contents`` were named by pointers that are gone.
    """

    commits: Mapping[str, str]
    contents: frozenset[str]


class Purging:
    """Part of :class:`History`."""

    folder: Path
    _store: Store

    if TYPE_CHECKING:

        def shallow(self) -> frozenset[str]: ...
        def reach(self) -> Reach: ...
        def _writing(self) -> AbstractContextManager[None]: ...

    def survey(self, *, cancel: Callable[[], bool] = lambda: False) -> Survey:
        """What all versions that any ref leads to say of assets. Corrupt where one is damaged."""
        from audobon.storage.history.erasing import survey

        tips = [oid for _, oid in self._direct_refs()]
        return survey(self._store.objects, tips, self.shallow(), cancel=cancel)

    def would_erase(
        self,
        unwanted: Unwanted,
        others: Mapping[bytes, frozenset[str]],
        known: Mapping[str, str],
    ) -> Erased:
        """What :meth:`erase` would do; nothing is written."""
        rewriter = self._rewriter(_nowhere, unwanted, others, known)
        for _, oid in self._direct_refs():
            rewriter.tip(oid)
        return _erased(rewriter)

    def erase(
        self,
        unwanted: Unwanted,
        others: Mapping[bytes, frozenset[str]],
        known: Mapping[str, str],
    ) -> Erased:
        """Write all versions anew without what is unwanted; every ref stands at the new ones.

        ``others`` are paths of ``unwanted`` that other assets had too, and which. ``known`` are
        versions of which it is known what they become, because another place has done it.
        Refs move one by one; each by compare-and-swap. Durable on return.
        """
        with self._writing():
            for _ in range(_TRIES):
                rewriter = self._rewritten(unwanted, others, known)
                if self._move_refs(rewriter.known):
                    self._end_shallow(rewriter.known)
                    return _erased(rewriter)
        raise Busy(
            f"branches of {self.folder} move while versions are written anew",
            subject=str(self.folder),
            hint="see that no git client pushes just now, and purge again",
        )

    def _rewritten(
        self,
        unwanted: Unwanted,
        others: Mapping[bytes, frozenset[str]],
        known: Mapping[str, str],
    ) -> Rewriter:
        with self._store.objects.bulk() as write:
            rewriter = self._rewriter(write, unwanted, others, known)
            for _, oid in self._direct_refs():
                rewriter.tip(oid)
        self._store.reopen()
        return rewriter

    def _rewriter(
        self,
        write: WriteObject,
        unwanted: Unwanted,
        others: Mapping[bytes, frozenset[str]],
        known: Mapping[str, str],
    ) -> Rewriter:
        from audobon.storage.history.erasing import Rewriter

        return Rewriter(
            self._store.objects,
            write,
            unwanted,
            others,
            frozenset(bytes.fromhex(id) for id in self.shallow()),
            {
                bytes.fromhex(old): bytes.fromhex(new)
                for old, new in known.items()
                if self._store.objects.has(bytes.fromhex(new))
            },
        )

    def _direct_refs(self) -> Iterator[tuple[str, bytes]]:
        """Every ref that names an object itself, of whatever kind."""
        for name in self._store.refs.names():
            target = self._store.refs.direct(name)
            if target is not None:
                yield name, target

    def _move_refs(self, known: Mapping[bytes, bytes]) -> bool:
        """False when one stands elsewhere by now: then all begins again."""
        for name, oid in list(self._direct_refs()):
            new = known.get(oid)
            if new is None:
                return False
            if new != oid and not self._store.refs.swap(name, oid, new):
                return False
        return True

    def _end_shallow(self, known: Mapping[bytes, bytes]) -> None:
        ends = self.shallow()
        moved = {known.get(bytes.fromhex(id), bytes.fromhex(id)).hex() for id in ends}
        if moved != ends:
            self._store.set_shallow(moved | ends)

    def everything(self) -> Iterator[tuple[bytes, bytes]]:
        """Id and bytes of every object that is there, whether a ref leads to it or not."""
        self._store.reopen()
        for oid in sorted(self._store.objects.ids()):
            yield oid, self._store.objects.read(oid)[1]

    def drop_unwanted(self, marks: Collection[bytes]) -> int:
        """Remove objects for good; how many. For what :meth:`erase` has left behind.

        Of the objects that no ref leads to those go in which a mark stands, and those that
        name one that goes or is gone. What refs lead to stays, whatever is asked.
        """
        with self._writing():
            self._store.reopen()
            reached = self.reach().objects
            left = self._store.objects.ids() - reached
            going = self._going(left, reached, tuple(marks))
            self._store.drop(going)
            ends = self.shallow()
            there = {id for id in ends if self._store.objects.has(bytes.fromhex(id))}
            if there != ends:
                self._store.set_shallow(there)
        return len(going)

    def _going(
        self, left: set[bytes], reached: Collection[bytes], marks: tuple[bytes, ...]
    ) -> set[bytes]:
        going: set[bytes] = set()
        users: dict[bytes, list[bytes]] = {}
        for oid in left:
            try:
                kind, data = self._store.objects.read(oid)
                named = _names(kind, data)
            except Corrupt:
                going.add(oid)  # what nobody can read is of no use, and may hold anything
                continue
            if any(mark in data for mark in marks):
                going.add(oid)
            for child in named:
                users.setdefault(child, []).append(oid)
        lacking = users.keys() - left - set(reached) - {EMPTY_TREE}
        going.update(user for child in lacking for user in users[child])
        queue = list(going)
        while queue:
            for user in users.get(queue.pop(), ()):
                if user not in going:
                    going.add(user)
                    queue.append(user)
        return going


def _erased(rewriter: Rewriter) -> Erased:
    changed = {old.hex(): new.hex() for old, new in rewriter.known.items() if old != new}
    return Erased(changed, frozenset(rewriter.removed))


def _nowhere(kind: int, oid: bytes, data: bytes, like: bytes | None = None) -> None:
    """A dry run writes nothing."""


def _names(kind: int, data: bytes) -> list[bytes]:
    if kind == TREE:
        return [oid for mode, oid in parse(data).values() if mode != b"160000"]
    if kind in (1, 4):
        found = []
        for line in data.partition(b"\n\n")[0].splitlines():
            name, _, value = line.partition(b" ")
            if name in (b"tree", b"object", b"parent"):
                with contextlib.suppress(ValueError):
                    found.append(bytes.fromhex(value.decode("ascii")))
        return found
    return []
