# SPDX-License-Identifier: GPL-3.0-or-later
"""A bounded number of things by key; the one that was not looked at for longest goes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["Kept"]

T = TypeVar("T")


class Kept(Generic[T]):
    """At most ``count`` things."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._things: OrderedDict[str, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._things)

    def __contains__(self, key: str) -> bool:
        return key in self._things

    def get(self, key: str) -> T | None:
        """What is kept under a key, which is the last to go now."""
        if key not in self._things:
            return None
        self._things.move_to_end(key)
        return self._things[key]

    def put(self, key: str, thing: T) -> None:
        self._things[key] = thing
        self._things.move_to_end(key)
        while len(self._things) > self._count:
            self._things.popitem(last=False)

    def clear(self) -> None:
        self._things.clear()
