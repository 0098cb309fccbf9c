"""What is rarely done to a history: names removed, two lines of versions joined."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.version import Version, VersionStats
from audobon.storage.history import log as versions
from audobon.storage.history import revisions, trees
from audobon.storage.history.door import Objects, clear_stale_lock, foreign_errors
from audobon.storage.history.values import Author, TreeChange

if TYPE_CHECKING:
    import pygit2

__all__ = ["Curating"]


class Curating:
    """Part of :class:`History`."""

    folder: Path
    _repository: pygit2.Repository
    _objects: Objects

    if TYPE_CHECKING:

        def version(self, revision: str) -> Version: ...
        def _writing(self) -> AbstractContextManager[None]: ...
        def _head_ref(self) -> str: ...
        def _tree(self, commit: str) -> bytes: ...
        def _expect(self, ref: str, expected: str | None) -> None: ...
        def _write_tree(
            self, base: bytes | None, changes: Sequence[TreeChange]
        ) -> tuple[trees.TreeUpdate, bytes]: ...

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Full name to version of every ref below ``prefix`` that names one, by name."""
        with foreign_errors(str(self.folder)):
            return revisions.references(self._repository, prefix)

    def remove_ref(self, name: str, *, expected: str | None = None) -> None:
        """Remove a branch, or any ref by its full name; its versions stay until they are collected.

        NotFound when there is none, Conflict when it stands elsewhere than
        ``expected`` by now, Invalid for the current branch.
        """
        ref = revisions.full_ref(name)
        with self._writing():
            found = revisions.tip(self._repository, ref)
            if found is None:
                raise NotFound(f"there is no branch {name!r}", subject=name)
            if ref == self._head_ref():
                raise Invalid(
                    f"{name!r} is the current branch; only others can be removed",
                    subject=name,
                    hint="switch to another branch first",
                )
            if expected is not None and found != expected:
                raise Conflict(f"the branch {name!r} has moved on to {found}", subject=name)
            clear_stale_lock(self.folder / f"{ref}.lock")
            self._repository.references.delete(ref)

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
    ) -> Version:
        """Make a version of the current branch with two parents: ``expected``, then ``other``.

        Its tree is that of ``expected`` with the changes. Durable on return;
        Conflict, with nothing changed, when the branch stands elsewhere.
        """
        import pygit2

        signature = versions.signature(author, time)
        with self._writing():
            ref = self._head_ref()
            self._expect(ref, expected)
            _, tree = self._write_tree(self._tree(expected), changes)
            clear_stale_lock(self.folder / f"{ref}.lock")
            text = versions.with_trailer(message, stats or VersionStats())
            parents: list[str | pygit2.Oid] = [pygit2.Oid(hex=id) for id in (expected, other)]
            try:
                commit = self._repository.create_commit(
                    ref, signature, signature, text, pygit2.Oid(raw=tree), parents
                )
            except (pygit2.GitError, ValueError):
                self._expect(ref, expected)
                raise
        return self.version(str(commit))

    def ahead_behind(self, a: str, b: str) -> tuple[int, int]:
        """How many versions lead to ``a`` and not to ``b``, and to ``b`` and not to ``a``."""
        import pygit2

        with foreign_errors(str(self.folder)):
            ids = [pygit2.Oid(hex=revisions.resolve(self._repository, name)) for name in (a, b)]
            ahead, behind = self._repository.ahead_behind(*ids)
        return ahead, behind
