"""A thread that does tasks one after another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from attrs import define

__all__ = ["Lane"]

Task = Callable[[], object]


@define
class _Entry:
    due: float
    key: str
    task: Task


class Lane:
    """Does tasks in the order in which they are due, on a thread of its own.

    The thread begins with the first task and is a daemon: a host that is
    ended in a hurry does not wait for it. A task that raises is given to
    ``failed``, on that thread, and the next one follows. Usable from several
    threads.
    """

    def __init__(self, name: str, failed: Callable[[Exception], None]) -> None:
        self._name = name
        self._failed = failed
        self._ready = threading.Condition()
        self._waiting: list[_Entry] = []
        self._thread: threading.Thread | None = None
        self._ended = False
        self._begun: float | None = None

    @property
    def busy_s(self) -> float:
        """For how long the task at hand has been at work, in seconds; 0 without one."""
        begun = self._begun
        return 0.0 if begun is None else time.monotonic() - begun

    def put(self, task: Task, *, key: str = "", delay_s: float = 0.0) -> bool:
        """Do ``task`` in its turn, in ``delay_s`` seconds at the earliest.

        One that still waits under the same ``key`` is dropped: the latest wins.
        False, and nothing is done, when the lane has ended.
        """
        with self._ready:
            if self._ended:
                return False
            if key:
                self._waiting = [entry for entry in self._waiting if entry.key != key]
            self._waiting.append(_Entry(time.monotonic() + delay_s, key, task))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._ready.notify()
            return True

    def waits(self, key: str) -> bool:
        """Whether a task of this key has not begun yet."""
        with self._ready:
            return any(entry.key == key for entry in self._waiting)

    def end(self) -> None:
        """Drop what waits and take nothing more; the task at work ends in its own time."""
        with self._ready:
            self._ended = True
            self._waiting.clear()
            self._ready.notify()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread of an ended lane; whether it is gone."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return thread is None
        thread.join(timeout_s)
        return not thread.is_alive()

    def _next(self) -> _Entry | None:
        with self._ready:
            while not self._ended:
                first = min(self._waiting, key=lambda entry: entry.due, default=None)
                rest_s = None if first is None else first.due - time.monotonic()
                if first is not None and rest_s is not None and rest_s <= 0:
                    self._waiting.remove(first)
                    return first
                self._ready.wait(rest_s)
        return None

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            self._begun = time.monotonic()
            try:
                entry.task()
            except Exception as error:  # noqa: BLE001  # told to the person; the lane goes on
                self._failed(error)
            finally:
                self._begun = None
