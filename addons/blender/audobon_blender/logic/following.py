# SPDX-License-Identifier: GPL-3.0-or-later
"""Paintings that the open scene uses, looked at on a thread: read again once they are saved."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from .trust import Stamp, stamp_of

__all__ = ["Follower", "Fresh"]

_EVERY_S = 1.0


@dataclass(frozen=True)
class Fresh:
    """A painting as it is now: its merged picture, a PNG file, or why there is none."""

    path: str
    stamp: Stamp
    picture: bytes = b""
    problem: str = ""


class Follower:
    """Looks at files each second, on a thread that begins with the first of them.

    A file that has another stamp is read when it has kept that for a look:
    one that is still being written is left alone. Nothing is told twice before
    it was taken, and a failure only once.
    """

    def __init__(self, every_s: float = _EVERY_S) -> None:
        self._every_s = every_s
        self._lock = threading.Lock()
        self._wanted: dict[str, Stamp] = {}
        self._seen: dict[str, Stamp] = {}
        self._told: dict[str, Stamp] = {}
        self._fresh: queue.SimpleQueue[Fresh] = queue.SimpleQueue()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, wanted: Mapping[str, Stamp]) -> None:
        """Which paintings are used, with the stamps of what is shown; cheap, returns at once."""
        with self._lock:
            self._wanted = dict(wanted)
            if wanted and self._thread is None and not self._end.is_set():
                self._thread = threading.Thread(
                    target=self._run, name="audobon-paintings", daemon=True
                )
                self._thread.start()

    def take(self) -> list[Fresh]:
        """What has changed since the last call."""
        found = []
        while not self._fresh.empty():
            found.append(self._fresh.get())
        with self._lock:
            # It is shown from now on; the next call of follow may say otherwise.
            self._wanted.update({one.path: one.stamp for one in found if one.path in self._wanted})
            for one in found:
                if not one.problem:
                    self._told.pop(one.path, None)
        return found

    def close(self, timeout_s: float = 5.0) -> bool:
        """End the thread; whether it has ended in time."""
        self._end.set()
        with self._lock:
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def _run(self) -> None:
        while not self._end.wait(self._every_s):
            with self._lock:
                wanted = dict(self._wanted)
            for path, shown in wanted.items():
                self._look(path, shown)

    def _look(self, path: str, shown: Stamp) -> None:
        now = stamp_of(path)
        settled = self._seen.get(path) == now
        self._seen[path] = now
        if now in ((0, 0), shown) or not settled:
            return
        with self._lock:
            if self._told.get(path) == now:
                return
            self._told[path] = now
        self._fresh.put(_read(path, now))


def _read(path: str, stamp: Stamp) -> Fresh:
    from audobon.errors import AudobonError
    from audobon.formats.merged import merged_picture

    try:
        picture = merged_picture(path, path.rpartition(".")[2].casefold()).data
    except (AudobonError, OSError) as error:
        return Fresh(path, stamp, problem=str(error))
    return Fresh(path, stamp, picture)
