"""Sees that the open library is watched, by this host's process or another's, and tells how."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from audobon.errors import AudobonError
from audobon.model.watch import WatchState
from audobon.session.lane import Lane
from audobon.session.state import problem_of

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session.doing import Report, Work

__all__ = ["WatchKeeper", "watching"]

_LOOK_S = 1.5
# When another host's watcher ends, this one's is begun so soon; a look costs 0.2 ms.

_AGAIN_S = 30.0  # after one that did not come up
_SLOW_S = 15.0  # a start on a busy machine takes seconds


class WatchKeeper:
    """Looks now and then, on a thread that may wait for a disk, and never on the host's."""

    def __init__(self, library: Library, lane: Lane, update: Callable[..., None]) -> None:
        self._library = library
        self._lane = lane
        self._update = update
        self._told: WatchState | None = None
        self._seen = True
        self._started = 0.0

    def begin(self) -> None:
        """From soon on look again and again; a library that is just opened has enough to do."""
        self._lane.put(self._follow, key="watch", delay_s=_LOOK_S)

    def look(self) -> None:
        """Look at once, and from then on again and again."""
        self._lane.put(self._follow, key="watch")

    def _follow(self) -> None:
        try:
            self._keep()
        finally:
            self._lane.put(self._follow, key="watch", delay_s=_LOOK_S)

    def _keep(self) -> None:
        library = self._library
        if not (library.state_path / "library.toml").is_file():
            return  # whoever follows the library tells of it
        try:
            now = library.watch_state
            if now.state == "none" and not library.read_only:
                now = self._start()
            elif now.state != "none":
                self._seen = True
        except (AudobonError, OSError) as error:
            told = problem_of(error)
            now = WatchState("unable", problem=told.message, hint=told.hint)
        self._tell(now)

    def _start(self) -> WatchState:
        """Begin a process at once where another has just ended, else not too often."""
        now = time.monotonic()
        if self._seen or now - self._started >= _AGAIN_S:
            self._seen, self._started = False, now
            self._library.start_watcher()
        if now - self._started < _SLOW_S:
            return WatchState("starting")
        log = self._library.state_path / "logs" / "watcher.log"
        return WatchState(
            "unable",
            problem="the process that watches for changes does not start",
            hint=f"{log} may say why; until then look for new files by hand",
        )

    def _tell(self, now: WatchState) -> None:
        if now != self._told:
            self._told = now
            self._update(watch=now)


def watching(keeper: WatchKeeper, *, on: bool) -> Work:
    """Work that switches it, and has the keeper look."""

    def work(library: Library, _report: Report) -> str:
        library.switch_watch(on=on)
        if not on:
            library.release_watcher()
        keeper.look()
        return f"Watching is {'on' if on else 'off'}"

    return work
