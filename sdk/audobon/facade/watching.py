"""Calls that have changes on disk seen by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from audobon.facade.base import Base

if TYPE_CHECKING:
    from audobon.model.asset import AddReport
    from audobon.model.watch import WatchState
    from audobon.services.watch.watchers import Watching

__all__ = ["WatchCalls"]


class WatchCalls(Base):
    """Watching the folders of the library. ``docs/watch.md`` tells what is seen and when."""

    def watch(self, told: Callable[[AddReport], None] | None = None) -> Watching:
        """Take in what any program changes in the library's folders, on a thread, until closed.

        One watcher serves a library: while another process watches, this one
        waits for its turn and the other does the same work. ``told`` is called
        on that thread with what each batch has brought when this one watches.
        Use it as a context manager. ReadOnly; what hinders watching itself is
        told by ``state`` of what is given back, and never raised.
        """
        from audobon.services.watch.watchers import watch

        return watch(self._stores, told)

    @property
    def watch_state(self) -> WatchState:
        """Whether and how this library is watched now, by whichever process."""
        from audobon.services.watch.watching import watch_state

        return watch_state(self._stores)

    def switch_watch(self, *, on: bool) -> None:
        """Allow or forbid that this library is watched, by any program, from now on."""
        from audobon.services.files.following import switch

        switch(self._stores, "watch", on=on)

    def start_watcher(self) -> bool:
        """See that a process of its own watches, tied to this one; whether it is being started.

        For hosts, whose interface the beginning would hold up. Returns at
        once; does nothing where one watches already or watching is switched off.
        """
        from audobon.services.watch.watchers import start

        return start(self._stores)

    def release_watcher(self) -> bool:
        """Have the process of :meth:`start_watcher` end; whether it has. Others may take over."""
        from audobon.services.watch.watchers import release

        return release(self._stores)
