"""What was made of a text before, for texts that come again with thousands of documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["known"]

_T = TypeVar("_T")


class _Known(dict[str, _T]):
    def __init__(self, make: Callable[[str], _T], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, text: str) -> _T:
        made = self._make(text)
        if len(self) >= self._most:
            self.clear()
        self[text] = made
        return made


def known(make: Callable[[str], _T], most: int) -> Callable[[str], _T]:
    """``make``, which depends on the text alone, with up to ``most`` answers remembered.

    To look into a dictionary takes a third of a call of what ``lru_cache`` wraps.
    """
    return _Known(make, most).__getitem__
