"""Pictures as pixels, for a host that draws them on a graphics card."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from audobon.errors import AudobonError
from audobon.model.asset import Asset
from audobon.model.decoded import Decoded
from audobon.session.lane import Lane
from audobon.session.pictures import Pictures, picture_key
from audobon.session.state import Problem, problem_of

if TYPE_CHECKING:
    from audobon.library import Library

__all__ = ["Decoder"]

_TOGETHER = 8
# Pictures in one message to the worker: the first come soon, and none waits for a message each.
_KEPT = 32
"""Decoded pictures that wait for the host: a megabyte each at 256 pixels."""
_REMEMBERED = 2000
# Reasons why a picture cannot be decoded; one is a few hundred bytes.
_POLL_S = 0.1


class Decoder:
    """Decodes what :class:`Pictures` has fetched, and gives each picture away once.

    :meth:`want` names what the host has to draw and does not have; ``came``
    is told of new ones. Usable from several threads.
    """

    def __init__(
        self, library: Library, lane: Lane, pictures: Pictures, came: Callable[[], None]
    ) -> None:
        self._library = library
        self._lane = lane
        self._pictures = pictures
        self._came = came
        self._lock = threading.Lock()
        self._wanted: tuple[tuple[Asset, int], ...] = ()
        self._kept: OrderedDict[str, Decoded] = OrderedDict()
        self._refused: dict[str, Problem] = {}

    def want(self, assets: Sequence[Asset], size: int) -> None:
        """Decode these, the first one first, and no others any more; returns at once."""
        wanted = tuple((asset, size) for asset in assets)
        with self._lock:
            if wanted == self._wanted:
                return
            self._wanted = wanted
            keys = {picture_key(asset, size) for asset, size in wanted}
            for key in [key for key in self._kept if key not in keys]:
                del self._kept[key]
        self._lane.put(self._decode, key="decode")

    def take(self, asset: Asset, size: int) -> Decoded | Problem | None:
        """The pixels of an asset, which are let go with this call; None while they are on the way.

        A Problem is told as often as it is asked for.
        """
        key = picture_key(asset, size)
        with self._lock:
            found = self._kept.pop(key, None) or self._refused.get(key)
        if found is not None:
            return found
        picture = self._pictures.get(asset, size)
        return picture if isinstance(picture, Problem) else None

    def _decode(self) -> None:
        with self._lock:
            wanted = self._wanted
            done = {*self._kept, *self._refused}
        ready: list[tuple[str, bytes]] = []
        waits = False
        for asset, size in wanted:
            key = picture_key(asset, size)
            picture = None if key in done else self._pictures.get(asset, size)
            if isinstance(picture, bytes):
                ready.append((key, picture))
            waits = waits or (picture is None and key not in done)
        for start in range(0, len(ready), _TOGETHER):
            if self._wanted is not wanted or len(self._kept) >= _KEPT:
                return  # the host has scrolled on, or what it takes now makes it want again
            self._some(ready[start : start + _TOGETHER])
        if waits and self._wanted is wanted:
            self._lane.put(self._decode, key="decode", delay_s=_POLL_S)

    def _some(self, ready: Sequence[tuple[str, bytes]]) -> None:
        try:
            found: Sequence[Decoded | AudobonError] = self._library.decode(
                [picture for _, picture in ready]
            )
        except AudobonError as error:
            found = [error] * len(ready)
        with self._lock:
            if len(self._refused) > _REMEMBERED:
                self._refused.clear()
            for (key, _), one in zip(ready, found, strict=True):
                if isinstance(one, Decoded):
                    self._kept[key] = one
                else:
                    self._refused[key] = problem_of(one)
            while len(self._kept) > _KEPT + _TOGETHER:
                self._kept.popitem(last=False)
        self._came()
