"""Who hears of bytes while they move: a bandwidth cap, a count, a progress bar that may cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["ToldFile", "listening", "moved"]

_hears: ContextVar[Callable[[int], None] | None] = ContextVar("audobon_objects_flow", default=None)


def moved(count: int) -> None:
    """Say that so many bytes are on their way. May wait, and raises what a listener raises."""
    listener = _hears.get()
    if listener is not None:
        listener(count)


@contextmanager
def listening(listener: Callable[[int], None]) -> Iterator[None]:
    """Have ``listener`` called for what this thread moves; outer ones hear of it too."""
    outer = _hears.get()

    def hear(count: int) -> None:
        listener(count)
        if outer is not None:
            outer(count)

    token = _hears.set(hear)
    try:
        yield
    finally:
        _hears.reset(token)


class ToldFile:
    """A file that is sent: whoever listens hears of its bytes as they are read."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read() if size < 0 else self._file.read(size)
        moved(len(data))
        return data

    def fileno(self) -> int:
        number: int = self._file.fileno()
        return number

    def tell(self) -> int:
        at: int = self._file.tell()
        return at

    def seek(self, *to: int) -> int:
        at: int = self._file.seek(*to)
        return at
