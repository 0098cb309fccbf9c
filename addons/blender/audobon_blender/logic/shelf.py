# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures on their way to files that a host can load, written on a thread of their own.

Each question to a disk gives other threads of Python a turn, and a host that
asked it in its main thread would wait for theirs.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .slots import Slots

if TYPE_CHECKING:
    from audobon.session.lane import Lane

__all__ = ["Shelf"]

_FAREWELL_S = 1.0
# A picture is written in a millisecond.


class Shelf:
    """Used from the host's main thread; only files are written elsewhere."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._coming: dict[str, int] = {}
        self._written: collections.deque[tuple[str, int, Path]] = collections.deque()
        self._failed: collections.deque[Exception] = collections.deque(maxlen=1)
        self._lane: Lane | None = None

    def awaits(self, key: str) -> bool:
        """Whether the picture was put and :meth:`ready` has not given it yet."""
        return key in self._coming

    def put(self, key: str, data: bytes) -> str:
        """Have a picture written; the key of the one that loses its file for it, or empty."""
        if self._lane is None:
            from audobon.session.lane import Lane

            self._lane = Lane("audobon-shown", self._failed.append)
        slot, lost = self._slots.claim(key)
        self._coming.pop(lost, None)
        self._coming[key] = slot
        self._lane.put(lambda: self._write(key, slot, data))
        return lost

    def _write(self, key: str, slot: int, data: bytes) -> None:
        self._written.append((key, slot, self._slots.write(slot, data)))

    def ready(self, most: int) -> Iterator[tuple[str, Path]]:
        """Keys and files of pictures that are written. Raises what kept one from being written."""
        if self._failed:
            self._coming.clear()
            raise self._failed.pop()
        given = 0
        while self._written and given < most:
            key, slot, path = self._written.popleft()
            if self._coming.get(key) == slot:  # else another picture has its file by now
                del self._coming[key]
                given += 1
                yield key, path

    def close(self) -> None:
        """End the thread."""
        if self._lane is not None:
            self._lane.end()
            self._lane.join(_FAREWELL_S)
