"""What is rarely done to a history: names set and removed, old versions cut off and swept."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.version import Version
from audobon.storage.history import revisions
from audobon.storage.history.door import (
    Objects,
    clear_stale_lock,
    estimate_loose,
    foreign_errors,
    open_repository,
)
from audobon.storage.history.values import HistoryStats
from audobon.system.files import write_atomic

if TYPE_CHECKING:
    import pygit2

    from audobon.storage.history.reach import Cut, Reach
    from audobon.storage.history.sweep import HistorySwept

__all__ = ["Curating"]


class Curating:
    """Part of :class:`History`."""

    folder: Path
    _repository: pygit2.Repository
    _objects: Objects
    _cut: tuple[int, int]

    if TYPE_CHECKING:

        def version(self, revision: str) -> Version: ...
        def _writing(self) -> AbstractContextManager[None]: ...
        def _head_ref(self) -> str: ...

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Full name to version of every ref below ``prefix`` that names one, by name."""
        with foreign_errors(str(self.folder)):
            return revisions.references(self._repository, prefix)

    def set_ref(self, name: str, id: str) -> None:
        """Make a ref outside the branches name a version, wherever it stood before."""
        import pygit2

        with self._writing():
            clear_stale_lock(self.folder / f"{name}.lock")
            self._repository.references.create(name, pygit2.Oid(hex=id), force=True)

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

    def ahead_behind(self, a: str, b: str) -> tuple[int, int]:
        """How many versions lead to ``a`` and not to ``b``, and to ``b`` and not to ``a``."""
        import pygit2

        with foreign_errors(str(self.folder)):
            ids = [pygit2.Oid(hex=revisions.resolve(self._repository, name)) for name in (a, b)]
            ahead, behind = self._repository.ahead_behind(*ids)
        return ahead, behind

    def shallow(self) -> frozenset[str]:
        """Versions whose parents were pruned; git's own file ``shallow`` names them."""
        try:
            lines = (self.folder / "shallow").read_text("ascii").split()
        except FileNotFoundError:
            return frozenset()
        return frozenset(line for line in lines if len(line) == 40)

    def reach(
        self,
        *,
        shallow: frozenset[str] | None = None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> Reach:
        """Everything that refs reach; Corrupt when something of it is missing or damaged.

        ``shallow`` are the versions whose parents are not followed, by default
        those of :meth:`shallow`; with those of a :class:`Cut` it tells what a
        pruning would leave.
        """
        from audobon.storage.history.reach import reach as follow

        ends = self.shallow() if shallow is None else shallow
        return follow(self._repository, self._objects, ends, cancel=cancel)

    def prune(
        self, *, last: int | None = None, since: datetime | None = None, dry_run: bool = False
    ) -> Cut:
        """Cut off old versions: of each branch the ``last`` ones stay, and those ``since`` a time.

        Tips of branches and tagged versions always stay, and so does every id.
        The rest is not reached any more from now on; :meth:`sweep` removes it
        after its grace period, until when removing the file ``shallow`` brings
        it back. Without a limit nothing is pruned.
        """
        from audobon.storage.history.reach import Cut, cut

        if last is None and since is None:
            return Cut(frozenset(), frozenset(), frozenset())
        if last is not None and last < 1:
            raise Invalid(f"{last} versions cannot be kept; at least 1 is", subject=str(last))
        if dry_run:
            return cut(self._repository, self.refs(), last=last, since=since)
        with self._writing():
            made = cut(self._repository, self.refs(), last=last, since=since)
            if made.pruned:
                text = "".join(f"{id}\n" for id in sorted(made.shallow))
                write_atomic(self.folder / "shallow", text.encode(), mode=0o644)
                self._reopen()
        return made

    def sweep(
        self, reached: set[bytes], *, now: float, grace_s: float, dry_run: bool = False
    ) -> HistorySwept:
        """Remove objects that are not in ``reached`` and have not been for ``grace_s`` seconds.

        The caller has kept versions from being made since :meth:`reach`.
        """
        from audobon.storage.history.sweep import sweep as clean

        if dry_run:
            return clean(self._repository, reached, now=now, grace_s=grace_s, dry_run=True)
        with self._writing():
            done = clean(self._repository, reached, now=now, grace_s=grace_s, dry_run=False)
            self._reopen()
            return done

    def loose(self) -> int:
        """About how many objects are not in a pack, at the cost of listing four folders."""
        with foreign_errors(str(self.folder)):
            return estimate_loose(self.folder / "objects")

    def stats(self) -> HistoryStats:
        """How objects lie on the disk."""
        from audobon.storage.history.gather import count

        return count(self._repository)

    def _reopen(self) -> None:
        # Not freed: an iterator that is under way may still read through the old one.
        self._repository = open_repository(self.folder)
        self._objects = Objects(self._repository)
        self._cut = self._cut_now()

    def _look_again(self) -> None:
        """libgit2 reads the file ``shallow`` once; another process may have pruned since."""
        if self._cut_now() != self._cut:
            self._reopen()

    def _cut_now(self) -> tuple[int, int]:
        try:
            found = os.stat(self.folder / "shallow")
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino
