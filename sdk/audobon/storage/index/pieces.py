"""What words were compiled to, kept while the index stays as it is.

To put a popular word together asks the index for a hundred tokens and makes forty objects of the
engine: 0.1 to 0.3 ms, and while somebody types and filters it is the same word again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

__all__ = ["Pieces"]

_T = TypeVar("_T")
_KEPT = 2_048
"""Pieces, of which a word has about twelve, of some 3 KB each."""


class Pieces:
    """By what they are of. Several threads may use one: to make a piece twice does no harm."""

    def __init__(self) -> None:
        self._held: dict[tuple[object, ...], object] = {}

    def once(self, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """The piece of ``key``, which always means the same; nobody changes it."""
        found = self._held.get(key)
        if found is None:
            if len(self._held) >= _KEPT:
                self._held.clear()
            found = self._held[key] = make()
        return cast(_T, found)

    def __len__(self) -> int:
        return len(self._held)
