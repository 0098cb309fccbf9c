"""Vectors as a matrix that is held in memory: of an encrypted library nothing lies on a disk."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audobon.inference.matrix import Matrix

__all__ = ["HeldMatrix"]

Array = np.ndarray[Any, Any]


class HeldMatrix(Matrix):
    """The same rows in memory: on no disk, for one process, and gone with it."""

    def __init__(self, length: int) -> None:
        super().__init__(Path(), length)
        self._waiting: list[dict[str, Array]] = []

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else has it."""
        yield

    @property
    def last(self) -> int:
        """The number of the newest row, 0 where there is none."""
        names = self._waiting[-1]["names"] if self._waiting else self._names
        return int(names["no"][-1]) if len(names) else 0

    def append(self, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Add ``(number, content, half)`` by rising number."""
        if rows:
            self._waiting.append(self._told(rows))

    def keep(self, numbers: Sequence[int]) -> None:
        """Let go of all rows but those with these numbers."""
        self._map()
        wanted = np.isin(self._names["no"], np.asarray(numbers, np.int64))
        self._names, self._halves = self._names[wanted], self._halves[wanted]
        self._bits = self._bits[wanted]
        self._unsort()

    def clear(self) -> None:
        """Begin anew."""
        self._waiting.clear()
        self.keep(())

    def _map(self) -> None:
        # All that came at once: a copy of the whole for each batch would be most of the time.
        if self._waiting:
            new, self._waiting = self._waiting, []
            self._names = np.concatenate([self._names, *(each["names"] for each in new)])
            self._halves = np.concatenate([self._halves, *(each["halves"] for each in new)])
            self._bits = np.concatenate([self._bits, *(each["bits"] for each in new)])
