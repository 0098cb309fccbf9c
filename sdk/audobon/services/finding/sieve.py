"""What the words and filters of a question find among keys that were found in another way."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from audobon.model.query import And, Everything, Keys, Node
from audobon.services.core.stores import Stores
from audobon.storage.index import has_words

__all__ = ["Sieve"]

_AT_ONCE = 250
"""Keys in one question. Measured: up to 256 the index takes 5 us for each, beyond that 10."""


class Sieve:
    """The words and filters ``rest``, asked about each key once at most.

    ``every`` are the keys of all that they find, where these are known already.
    ``strictly`` where something has the words as they stand, so that they are not
    taken for misspelt because nothing among some keys has them.
    """

    def __init__(
        self,
        stores: Stores,
        rest: Node,
        every: Collection[int] | None = None,
        *,
        strictly: bool = True,
    ) -> None:
        self.by_words = has_words(rest)
        """Whether what is found has :attr:`scores` and a :attr:`why`."""
        self.scores: dict[int, float] = {}
        self.why: dict[int, tuple[str, ...]] = {}
        self._stores, self._rest, self._strictly = stores, rest, strictly
        self._all = isinstance(rest, Everything)
        # With words the index is asked all the same: it says where they are.
        self._every = None if every is None or self.by_words else frozenset(every)
        self._asked: set[int] = set()

    def left(self, keys: Sequence[int], most: int | None = None) -> list[int]:
        """Those of ``keys`` that are found, in their order.

        With ``most`` it may be the first ones only, but no fewer than that many.
        """
        if self._all:
            return list(keys)
        if self._every is not None:
            return [key for key in keys if key in self._every]
        left: list[int] = []
        for begin in range(0, len(keys), _AT_ONCE):
            part = keys[begin : begin + _AT_ONCE]
            self._ask([key for key in part if key not in self._asked])
            left += [key for key in part if key in self.scores]
            if most is not None and len(left) >= most:
                break
        return left

    def _ask(self, keys: list[int]) -> None:
        if not keys:
            return
        self._asked.update(keys)
        found = self._stores.index.search(
            And((self._rest, Keys(tuple(keys)))),
            limit=len(keys),
            sort="relevance" if self.by_words else "added",
            strictly=self._strictly,
            now=self._stores.now(),
        )
        for hit in found.hits:
            self.scores[hit.key], self.why[hit.key] = hit.score, hit.why
