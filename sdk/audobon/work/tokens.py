"""Turns at a device, among all processes of this user: one network in the background at a time."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from audobon.errors import Cancelled
from audobon.system.locks import FileLock

__all__ = ["device_turn"]

_POLL_S = 0.02


@contextlib.contextmanager
def device_turn(folder: Path, device: str, cancel: Callable[[], bool]) -> Iterator[None]:
    """Have ``device`` for oneself among all that ask here. Cancelled when ``cancel`` says so.

    By locks that the operating system frees when a process dies. Who asks
    again lets those pass who wait: one of them holds the entrance.
    """
    name = re.sub(r"[^A-Za-z0-9]", "-", device)
    folder.mkdir(parents=True, exist_ok=True)
    entrance, lock = (FileLock(folder / f"{name}{part}.lock") for part in ("-next", ""))
    _take(entrance, cancel)
    try:
        _take(lock, cancel)
    finally:
        entrance.release()
    try:
        yield
    finally:
        lock.release()


def _take(lock: FileLock, cancel: Callable[[], bool]) -> None:
    while not lock.try_acquire():
        if cancel():
            raise Cancelled("the task is cancelled")
        time.sleep(_POLL_S)
