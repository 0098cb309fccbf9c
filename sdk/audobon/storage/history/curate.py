"""What is rarely done to a history: names set and removed, old versions cut off and swept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.version import Version
from audobon.storage.history import revisions
from audobon.storage.history.store import HistorySwept, Store
from audobon.storage.history.values import HistoryStats

if TYPE_CHECKING:
    from audobon.storage.history.reach import Cut, Reach

__all__ = ["Curating"]


class Curating:
    """Part of :class:`History`."""

    _store: Store

    if TYPE_CHECKING:

        def version(self, revision: str) -> Version: ...
        def _writing(self) -> AbstractContextManager[None]: ...
        def _head_ref(self) -> str: ...

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Full name to version of every ref below ``prefix`` that names one, by name."""
        return revisions.references(self._store, prefix)

    def set_ref(self, name: str, id: str) -> None:
        """Make a ref outside the branches name a version, wherever it stood before."""
        with self._writing():
            self._store.refs.put(name, bytes.fromhex(id))

    def remove_ref(self, name: str, *, expected: str | None = None) -> None:
        """Remove a branch, or any ref by its full name; its versions stay until they are collected.

        NotFound when there is none, Conflict when it stands elsewhere than
        ``expected`` by now, Invalid for the current branch.
        """
        ref = revisions.full_ref(name)
        with self._writing():
            found = revisions.tip(self._store, ref)
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
            self._store.refs.remove(ref)

    def ahead_behind(self, a: str, b: str) -> tuple[int, int]:
        """How many versions lead to ``a`` and not to ``b``, and to ``b`` and not to ``a``."""
        return self._store.graph.counts(
            revisions.resolve(self._store, a), revisions.resolve(self._store, b)
        )

    def shallow(self) -> frozenset[str]:
        """Versions whose parents were pruned."""
        return self._store.shallow()

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
        return follow(self._store, ends, cancel=cancel)

    def prune(
        self, *, last: int | None = None, since: datetime | None = None, dry_run: bool = False
    ) -> Cut:
        """Cut off old versions: of each branch the ``last`` ones stay, and those ``since`` a time.

        Tips of branches and tagged versions always stay, and so does every id.
        The rest is not reached any more from now on; :meth:`sweep` removes it
        after its grace period; until then removing the file ``shallow`` of a plain history brings
        it back. Without a limit nothing is pruned.
        """
        from audobon.storage.history.reach import Cut, cut

        if last is None and since is None:
            return Cut(frozenset(), frozenset(), frozenset())
        if last is not None and last < 1:
            raise Invalid(f"{last} versions cannot be kept; at least 1 is", subject=str(last))
        if dry_run:
            return cut(self._store.graph, self.refs(), last=last, since=since)
        with self._writing():
            made = cut(self._store.graph, self.refs(), last=last, since=since)
            if made.pruned:
                self._store.set_shallow(made.shallow)
        return made

    def sweep(
        self, reached: set[bytes], *, now: float, grace_s: float, dry_run: bool = False
    ) -> HistorySwept:
        """Remove objects that are not in ``reached`` and have not been for ``grace_s`` seconds.

        The caller has kept versions from being made since :meth:`reach`.
        """
        if dry_run:
            return self._store.sweep(reached, now=now, grace_s=grace_s, dry_run=True)
        with self._writing():
            return self._store.sweep(reached, now=now, grace_s=grace_s, dry_run=False)

    def loose(self) -> int:
        """About how many objects are not in a pack, at the cost of listing four folders."""
        return self._store.loose()

    def stats(self) -> HistoryStats:
        """How objects lie on the disk."""
        return self._store.stats()
