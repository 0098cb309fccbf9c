"""Two lines of versions: where they parted, what the other one did, and both joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Conflict
from audobon.model.version import Version, VersionStats
from audobon.storage.history import log as versions
from audobon.storage.history import revisions, trees
from audobon.storage.history.door import Objects, clear_stale_lock, foreign_errors
from audobon.storage.history.values import Author, TreeChange, TreeFork

if TYPE_CHECKING:
    import pygit2

__all__ = ["Joining"]


class Joining:
    """Part of :class:`History`."""

    folder: Path
    _repository: pygit2.Repository
    _objects: Objects

    if TYPE_CHECKING:
        anchor: Callable[[], str]

        def version(self, revision: str) -> Version: ...
        def resolve(self, revision: str) -> str: ...
        def _writing(self) -> AbstractContextManager[None]: ...
        def _head_ref(self) -> str: ...
        def _tree(self, commit: str) -> bytes: ...
        def _expect(self, ref: str, expected: str | None) -> None: ...
        def _write_tree(
            self, base: bytes | None, changes: Sequence[TreeChange]
        ) -> tuple[trees.TreeUpdate, bytes]: ...

    def merge_base(self, a: str, b: str) -> str | None:
        """The newest version that leads to both; None for lines that never met."""
        import pygit2

        ids = [pygit2.Oid(hex=self.resolve(name)) for name in (a, b)]
        with foreign_errors(str(self.folder)):
            found = self._repository.merge_base(*ids)
        return None if found is None else str(found)

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
            else trees.within(self._objects.tree, self._tree(self.resolve(revision)), prefix)[0]
            for revision in (base, ours, theirs)
        ]
        for path, *ids in trees.diverged(self._objects.tree, *sides):
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
        import pygit2

        signature = versions.signature(author, time)
        with self._writing():
            branch = self._head_ref()
            self._expect(branch, expected)
            _, tree = self._write_tree(self._tree(expected), changes)
            clear_stale_lock(self.folder / f"{ref or branch}.lock")
            text = versions.with_trailer(message, stats or VersionStats(), self.anchor())
            parents: list[str | pygit2.Oid] = [pygit2.Oid(hex=id) for id in (expected, other)]
            target = branch if ref is None else None
            try:
                commit = self._repository.create_commit(
                    target, signature, signature, text, pygit2.Oid(raw=tree), parents
                )
            except (pygit2.GitError, ValueError):
                self._expect(branch, expected)
                raise
            if ref is not None:
                self._repository.references.create(ref, commit, force=True)
        return self.version(str(commit))

    def move_branch(self, name: str, *, expected: str, to: str) -> None:
        """Make a branch stand at another version: compare-and-swap, durable on return.

        Conflict, with nothing changed, when it does not stand at ``expected``.
        """
        import pygit2

        ref = revisions.full_ref(name)
        with self._writing():
            self._expect(ref, expected)
            clear_stale_lock(self.folder / f"{ref}.lock")
            found = self._repository.lookup_reference(ref)
            try:
                # libgit2 compares with what it has read once more, under git's own lock.
                found.set_target(pygit2.Oid(hex=to))
            except (pygit2.GitError, ValueError) as error:
                self._expect(ref, expected)
                raise Conflict(f"the branch {name!r} cannot move: {error}", subject=name) from error
