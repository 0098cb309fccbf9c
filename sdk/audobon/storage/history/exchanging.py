"""Versions given to another place and taken from it: git packs of what it lacks."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from attrs import define, field

from audobon.errors import Cancelled, Corrupt
from audobon.storage.history.reach import named_digest
from audobon.storage.history.store import Store
from audobon.storage.history.trees import EMPTY_TREE, TREE

__all__ = ["AT_ONCE", "Exchanging", "Fresh"]

_MODULE = b"160000"
AT_ONCE = 20_000
"""Objects in one pack: who takes it in holds them in memory, about 100 MB at most."""
_ASK = 500


@define
class Fresh:
    """What a place lacks: objects in an order that git packs well, and the files they name.

    ``gone`` are those among the files that only assets name whose file was gone by then. No
    version has such a file, and some were never kept: it came and went between two versions.
    """

    commits: list[bytes] = field(factory=list)
    trees: list[bytes] = field(factory=list)
    blobs: list[bytes] = field(factory=list)
    digests: set[str] = field(factory=set)
    gone: set[str] = field(factory=set)

    def lost(self, lacking: Iterable[str]) -> tuple[str, ...]:
        """Those of files that are nowhere that a version has, in order."""
        return tuple(one for one in lacking if one not in self.gone)

    @property
    def count(self) -> int:
        return len(self.commits) + len(self.trees) + len(self.blobs)


class Exchanging:
    """Part of :class:`History`."""

    folder: Path
    _store: Store

    if TYPE_CHECKING:

        def __init__(self, folder: Path, store: Store, *, read_only: bool) -> None: ...
        def __enter__(self) -> Self: ...
        def __exit__(self, *_: object) -> None: ...
        def shallow(self) -> frozenset[str]: ...
        def _writing(self) -> AbstractContextManager[None]: ...

    def has_version(self, id: str) -> bool:
        """Whether the object of a version is here; full ids only."""
        return len(id) == 40 and self._store.objects.has(bytes.fromhex(id))

    def leads_to(self, old: str, new: str) -> bool:
        """Whether ``old`` is ``new`` or one of the versions that it comes from."""
        return old == new or self._store.graph.leads_to(old, new)

    def fresh(
        self,
        tips: Iterable[str],
        have: Iterable[str],
        *,
        near: Iterable[str] = (),
        cancel: Callable[[], bool] = lambda: False,
    ) -> Fresh:
        """The objects that lead to ``tips`` and not to ``have``, all versions that are here.

        What versions have that new ones do not come from is told again, but for
        those of ``near``, a few of ``have`` that the new ones are like.
        Costs in proportion to what is new. Corrupt when something of it is missing.
        """
        found, seen = Fresh(), set[bytes]()
        ends = self.shallow()
        graph = self._store.graph
        beside = [graph.commit(id).tree for id in near]
        for number, commit in enumerate(graph.walk(tips, have, order="oldest")):
            if number % _ASK == 0 and cancel():
                raise Cancelled("looking for what is new was cancelled")
            found.commits.append(bytes.fromhex(commit.id))
            parents = [] if commit.id in ends else commit.parents
            trees = [graph.commit(id).tree for id in parents]
            self._new_below(commit.tree, [*trees, *beside], found, seen)
        for oid in found.blobs:
            _, data = self._store.objects.read(oid)
            named_digest(data, found.digests, found.gone)
        found.gone -= found.digests
        found.digests |= found.gone
        return found

    def _new_below(
        self, tree: bytes, others: Sequence[bytes], found: Fresh, seen: set[bytes]
    ) -> None:
        if tree in seen or tree in others:
            return
        seen.add(tree)
        if tree == EMPTY_TREE and not self._store.objects.has(tree):
            return
        found.trees.append(tree)
        entries = self._store.objects.tree(tree)
        beside = [self._store.objects.tree(other) for other in others if other != EMPTY_TREE]
        for key, (mode, oid) in entries.items():
            if mode == _MODULE:
                continue
            olds = [side[key][1] for side in beside if key in side]
            if key.endswith(b"/"):
                self._new_below(oid, olds, found, seen)
            elif oid not in seen and oid not in olds:
                seen.add(oid)
                found.blobs.append(oid)

    @contextlib.contextmanager
    def borrowed(self) -> Iterator[Self]:
        """A history in a folder that goes again, which reads the objects of this one too.

        For looking at versions that are not to stay here. It has no refs, and knows which
        versions begin this one. Where this one is encrypted it is too, under a key that goes
        with it.
        """
        with tempfile.TemporaryDirectory(
            prefix="audobon-versions-", ignore_cleanup_errors=True
        ) as name:
            beside = Path(name, "history.git")
            with type(self)(beside, self._store.borrow(beside), read_only=False) as opened:
                yield opened

    def packs_of(self, fresh: Fresh, folder: Path) -> Iterator[Path]:
        """Git packs of these objects, one after the other, each in ``folder`` until the next.

        What a pack's objects name lies in it or in one before it.
        """
        # Trees of one folder in a row: each is a small change of the one before.
        order = [*fresh.blobs, *fresh.trees, *fresh.commits]
        for start in range(0, len(order), AT_ONCE):
            with tempfile.TemporaryDirectory(prefix="git-", dir=folder) as name:
                yield self._store.pack_of(order[start : start + AT_ONCE], Path(name))

    def take_pack(self, data: bytes) -> int:
        """Keep a git pack of a stranger, durable on return; how many objects were new.

        Corrupt, with nothing kept, for one that is damaged. That all that its
        objects name is there is asked by :meth:`fresh`.
        """
        with self._writing():
            new = self._store.objects.take(data)
            if new:
                self._store.reopen()
        return new

    def cut_at(self, ends: Collection[str]) -> None:
        """Note those of ``ends`` whose parents are not here as versions that begin the history."""
        lacking = {id for id in ends if self.has_version(id) and not self._has_parents(id)}
        lacking -= self.shallow()
        if lacking:
            with self._writing():
                self._store.set_shallow(self.shallow() | lacking)

    def _has_parents(self, id: str) -> bool:
        _, data = self._store.objects.read(bytes.fromhex(id))
        return all(
            self._store.objects.has(oid) for oid, kind in _named(data, parents=True) if kind == 1
        )


def _named(commit: bytes, *, parents: bool) -> Iterator[tuple[bytes, int]]:
    for line in commit.partition(b"\n\n")[0].splitlines():
        name, _, value = line.partition(b" ")
        if name == b"tree" or (parents and name == b"parent"):
            try:
                oid = bytes.fromhex(value.decode("ascii"))
            except ValueError as exc:
                raise Corrupt("a version of the history is malformed") from exc
            yield oid, TREE if name == b"tree" else 1
