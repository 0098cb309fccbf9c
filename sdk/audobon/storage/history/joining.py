"""Two lines of versions: where they parted, what the other one did, and both joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from audobon.model.version import Version, VersionStats
from audobon.storage.history import log as versions
from audobon.storage.history import revisions, trees
from audobon.storage.history.commits import Stamp
from audobon.storage.history.store import Store
from audobon.storage.history.values import Author, TreeChange, TreeFork

__all__ = ["Joining"]


class Joining:
    """Part of :class:`History`."""

    _store: Store

    if TYPE_CHECKING:

        def version(self, revision: str) -> Version: ...
        def resolve(self, revision: str) -> str: ...
        def _writing(self) -> AbstractContextManager[None]: ...
        def _head_ref(self) -> str: ...
        def _tree(self, commit: str) -> bytes: ...
        def _expect(self, ref: str, expected: str | None) -> None: ...
        def _made(
            self,
            tree: bytes,
            parents: tuple[str, ...],
            signature: Stamp,
            message: str,
            stats: VersionStats,
        ) -> str: ...
        def _swap(self, ref: str, expected: str | None, to: str) -> None: ...
        def _write_tree(
            self, base: bytes | None, changes: Sequence[TreeChange]
        ) -> tuple[trees.TreeUpdate, bytes]: ...

    def merge_base(self, a: str, b: str) -> str | None:
        """The newest version that leads to both; None for lines that never met."""
        return self._store.graph.base(self.resolve(a), self.resolve(b))

    def diverged(
        self, base: str | None, ours: str, theirs: str, prefix: bytes = b""
    ) -> Iterator[TreeFork]:
        """The files below a folder that theirs has otherwise than base and than ours, in order.

        A ``base`` of None is the empty tree. Costs in proportion to what
        theirs changed: folders in which only ours did are not looked into.
        """
        prefix = prefix.rstrip(b"/")
        start = prefix + b"/" if prefix else b""
        sides = [
            None
            if revision is None
            else trees.within(self._store.objects.tree, self._tree(self.resolve(revision)), prefix)[
                0
            ]
            for revision in (base, ours, theirs)
        ]
        for path, *ids in trees.diverged(self._store.objects.tree, *sides):
            yield TreeFork(start + path, *(None if oid is None else oid.hex() for oid in ids))

    def join(
        self,
        other: str,
        changes: Sequence[TreeChange],
        *,
        message: str,
        author: Author,
        time: datetime,
        expected: str,
        stats: VersionStats | None = None,
        ref: str | None = None,
    ) -> Version:
        """Make a version of the current branch with two parents: ``expected``, then ``other``.

        Its tree is that of ``expected`` with the changes. Durable on return;
        Conflict, with nothing changed, when the branch stands elsewhere. With
        ``ref``, a name outside the branches, that one names the new version
        and no branch moves: :meth:`move_branch` takes it in later.
        """
        signature = versions.signature(author, time)
        with self._writing():
            branch = self._head_ref()
            self._expect(branch, expected)
            _, tree = self._write_tree(self._tree(expected), changes)
            counts = stats or VersionStats()
            commit = self._made(tree, (expected, other), signature, message, counts)
            if ref is None:
                self._swap(branch, expected, commit)
            else:
                self._store.refs.put(ref, bytes.fromhex(commit))
        return self.version(commit)

    def move_branch(self, name: str, *, expected: str, to: str) -> None:
        """Make a branch stand at another version: compare-and-swap, durable on return.

        Conflict, with nothing changed, when it does not stand at ``expected``.
        """
        ref = revisions.full_ref(name)
        with self._writing():
            self._expect(ref, expected)
            self._swap(ref, expected, to)
