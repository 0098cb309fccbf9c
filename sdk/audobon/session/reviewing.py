"""Suggested tags of the whole library, one asset after another."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from audobon.session.lane import Lane
from audobon.session.state import Queue, State

if TYPE_CHECKING:
    from audobon.library import Library

__all__ = ["Reviewer"]

_MOST = 5000
# Suggestions that are looked at in one go: half a second, on a lane that nobody waits for.


class Reviewer:
    """Leads from asset to asset for as long as there are suggestions."""

    def __init__(
        self,
        library: Library,
        lane: Lane,
        update: Callable[..., None],
        state: Callable[[], State],
        choose: Callable[[str | None], None],
    ) -> None:
        self._library = library
        self._lane = lane
        self._update = update
        self._state = state
        self._choose = choose

    def next(self, tag: str = "") -> None:
        """Choose the asset with suggestions, or with that of ``tag``, that comes after the chosen
        one; returns at once.

        After the last comes the first. Without any the chosen one stays.
        """
        self._lane.put(lambda: self._look(go_on=True, tag=tag), key="review")

    def count(self) -> None:
        """Count again what waits; returns at once."""
        self._lane.put(lambda: self._look(go_on=False), key="review-count")

    def _look(self, *, go_on: bool, tag: str = "") -> None:
        found = self._library.suggestions(limit=_MOST)
        assets = [next(group).asset for _, group in itertools.groupby(found, lambda s: s.asset.id)]
        self._update(queue=Queue(len(assets), len(found), len(found) == _MOST))
        if tag:
            of_tag = self._library.suggestions(tag=tag, limit=_MOST)
            assets = list({each.asset.id: each.asset for each in of_tag}.values())
        if not go_on or not assets:
            return
        chosen = self._state().chosen
        last = -1 if chosen is None else chosen.asset.key
        after = next((asset for asset in assets if asset.key > last), assets[0])
        self._choose(after.id)
