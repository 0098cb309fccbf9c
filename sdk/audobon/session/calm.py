"""Keeps what was there when a library had been opened out of Python's collections of garbage.

A full collection looks at every object of the process, with Python's lock held: the
host's window stands still for as long. An open library and its modules are some 30,000
objects that stay; looked at when they have left the processor's caches that takes 20 ms
and more. ``gc.freeze`` sets them, and those of the host, aside. Nothing is lost by it: an
object that nobody refers to goes as ever, only a ring of them waits until it is looked at
again, which :data:`_RENEWED_S` and the end of the last session see to.
"""

from __future__ import annotations

import gc
import threading
import time

__all__ = ["Calm"]

_SETTLED_S = 20.0
"""After the first look everything that is loaded at first use has been, so once more then."""
_RENEWED_S = 600.0
"""After so long all is given back until Python has made a full collection by itself."""


class _Process:
    """What sessions of one process share: there is one collector. ``lock`` guards the rest."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holders: set[int] = set()
        self._due = 0.0  # when something is to be done next
        self._times = 0  # that all was set aside since it was given back; 0 while it is not
        self._awaited = 0  # how many full collections there must have been before the first time

    def look(self, now: float) -> None:
        if not self._times:
            # One that was not ours is the host's own doing, and stays as it is.
            if not gc.get_freeze_count() and _collections() >= self._awaited:
                self._set_aside(now + _SETTLED_S)
        elif now >= self._due:
            if self._times == 1:
                self._set_aside(now + _RENEWED_S)
            else:
                self.give_back()
                self._awaited = _collections() + 1

    def _set_aside(self, due: float) -> None:
        gc.freeze()
        self._times += 1
        self._due = due

    def give_back(self) -> None:
        if self._times:
            gc.unfreeze()
        self._times = self._awaited = 0


def _collections() -> int:
    """How many full collections this process has made."""
    return int(gc.get_stats()[-1]["collections"])


_PROCESS = _Process()


class Calm:
    """One session's part in it: :meth:`look` from time to time, :meth:`end` at its end."""

    def __init__(self) -> None:
        self._ended = False

    def look(self) -> None:
        """Set aside what is there, at the first look and when it is time again."""
        with _PROCESS.lock:
            if gc.isenabled() and not self._ended:
                _PROCESS.holders.add(id(self))
                _PROCESS.look(time.monotonic())

    def end(self) -> None:
        """With the last session all goes back to the collector."""
        with _PROCESS.lock:
            self._ended = True
            if id(self) in _PROCESS.holders:
                _PROCESS.holders.remove(id(self))
                if not _PROCESS.holders:
                    _PROCESS.give_back()
