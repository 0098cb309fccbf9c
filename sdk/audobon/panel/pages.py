"""The pages of a search as one long list, which grows as it is looked at.

A session shows one page at a time and finds each where the one before it
ended, so that the hundred-thousandth asset costs what the first does. A list
that one scrolls through wants all of them in a row: this keeps what has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import define, field, frozen

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.session.state import Found, Wanted

__all__ = ["Change", "Pages"]


@frozen(slots=True)
class Change:
    """What has become of the rows: all are others, or ``count`` from ``first`` on came or changed.

    ``same`` with a ``count`` of 0 means that nothing did.
    """

    how: Literal["all", "more", "same"]
    first: int = 0
    count: int = 0


@define
class Pages:
    """Rows of one search, in its order; a page that was looked at before may be an old one."""

    rows: list[Asset] = field(factory=list)
    total: int = 0
    _wanted: Wanted | None = None
    _more: bool = False
    _stale: set[int] = field(factory=set)

    def take(self, found: Found) -> Change:
        """Take the page that a session shows now."""
        limit = found.wanted.limit
        if found.wanted != self._wanted or found.page * limit > len(self.rows):
            if found.page and found.wanted != self._wanted:
                return Change("same")  # a page of a search that nobody looks at any more
            return self._begin(found)
        first = found.page * limit
        self._stale.discard(found.page)
        new, old = list(found.assets), self.rows[first : first + limit]
        if not old and new:
            self._grow(found)
            return Change("more", first, len(new))
        if new == old and found.total == self.total:
            return Change("same")
        if len(new) != len(old) or found.total != self.total:
            # Something came or went: what stands behind it has moved.
            if found.page == 0:
                return self._begin(found)
            self.rows[first:] = new
            self._grow(found, keep=True)
            self._stale.update(range(found.page))
            return Change("all")
        self.rows[first : first + len(new)] = new
        self._stale.update(page for page in range(self.pages(limit)) if page != found.page)
        return Change("same", first, len(new))

    def _begin(self, found: Found) -> Change:
        self.rows, self._wanted = list(found.assets), found.wanted
        self._stale.clear()
        self.total, self._more = found.total, found.more
        return Change("all")

    def _grow(self, found: Found, *, keep: bool = False) -> None:
        if not keep:
            self.rows += found.assets
        self.total, self._more = found.total, found.more

    def pages(self, limit: int) -> int:
        """How many pages have come."""
        return -(-len(self.rows) // limit)

    @property
    def more(self) -> bool:
        """Whether there is a page behind the last one that came."""
        return self._more

    def wish(self, first: int, last: int, found: Found) -> int:
        """How many pages on or back the session is to be turned for rows ``first`` to ``last``.

        0 when everything that is seen is there and true.
        """
        limit = found.wanted.limit
        if found.wanted != self._wanted or not self.rows:
            return 0
        for page in range(max(0, first) // limit, max(0, last) // limit + 1):
            if page in self._stale and page < self.pages(limit):
                return page - found.page
        if self._more and last >= len(self.rows) - limit // 2:
            return self.pages(limit) - found.page
        return 0
