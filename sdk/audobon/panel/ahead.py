"""Which rows of a list will be looked at next, by the way somebody scrolls through it."""

from __future__ import annotations

from attrs import define

__all__ = ["Ahead"]


@define
class Ahead:
    """Remembers which way a list was scrolled last; downwards in the beginning."""

    _first: int = 0
    _down: bool = True

    def rows(self, first: int, last: int, count: int) -> range:
        """The rows to have ready, the next one first: as many as are seen.

        Seen are ``first`` to ``last``, of ``count``. Where there are none that way, none are told.
        """
        if first != self._first:
            self._down = first > self._first
        self._first = first
        seen = max(0, last - first + 1)
        if self._down:
            return range(min(last + 1, count), min(last + 1 + seen, count))
        return range(min(first, count) - 1, max(first - seen, 0) - 1, -1)
