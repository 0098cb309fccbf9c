"""Previews for a panel: fetched in the background, kept within a budget of memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from audobon.errors import AudobonError, Conflict, MissingExtra, NotFound, Unavailable
from audobon.model.asset import Asset
from audobon.session.lane import Lane
from audobon.session.past import StoredPicture
from audobon.session.state import Engine, Problem, problem_of

if TYPE_CHECKING:
    from audobon.library import Library

__all__ = ["Pictured", "Pictures", "picture_key"]

_POLL_S = 0.15
# A worker makes a picture in 10 to 100 ms, so one that is waited for comes at once.
_AGAIN_S = 20.0
# Reasons that may pass by are asked for again after this time, not at every look.
_PASSING = (Unavailable, NotFound, Conflict)


Pictured = Asset | StoredPicture
"""What has a picture: an asset as its file is now, or bytes of a version."""


def picture_key(asset: Pictured, size: int) -> str:
    """Names the picture of an asset as its file is now: other bytes have another key."""
    if isinstance(asset, StoredPicture):
        return f"{asset.content.digest}-{size}"
    content = asset.digest or f"{asset.id}-{asset.size}-{asset.mtime_ns}"
    return f"{content}-{size}"


class Pictures:
    """Encoded previews by asset and size.

    :meth:`want` says what is on the screen, and :meth:`get` is answered from
    memory. ``came`` is told of new ones, ``lacking`` of a worker that has no
    decoders. What was not looked at for longest goes first when the pictures
    take more than ``budget`` bytes, and nothing that is wanted. What may be
    looked at next is fetched once all that is wanted has come. Usable from several threads.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        came: Callable[[], None],
        engine: Callable[[], Engine],
        lacking: Callable[[], None],
        *,
        budget: int,
    ) -> None:
        self._library = library
        self._lane = lane
        self._came = came
        self._engine = engine
        self._lacking = lacking
        self._budget = budget
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._refused: dict[str, tuple[float, Problem]] = {}
        self._wanted: tuple[tuple[Pictured, int], ...] = ()
        self._ahead: tuple[Pictured, ...] = ()
        self._soon: tuple[Pictured, ...] = ()
        self._edge = 0
        self._held: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """What the kept pictures take, in bytes."""
        return self._size

    def want(
        self,
        assets: Sequence[Pictured],
        size: int,
        closer: Sequence[tuple[Pictured, int]] = (),
        ahead: Sequence[Pictured] = (),
    ) -> None:
        """Fetch the pictures of these assets, the first one first, and of no others any more.

        ``closer`` are looked at in sizes of their own; they go first. ``ahead`` come last.
        """
        wanted = (*closer, *((asset, size) for asset in assets))
        with self._lock:
            if wanted == self._wanted and tuple(ahead) == self._ahead:
                return
            self._wanted, self._ahead, self._edge = wanted, tuple(ahead), size
            self._held = frozenset(picture_key(asset, edge) for asset, edge in wanted)
        self._lane.put(self._fetch, key="pictures")

    def expect(self, assets: Sequence[Pictured]) -> None:
        """Have these ready too: the page that is shown next if somebody goes on as before."""
        with self._lock:
            self._soon = tuple(assets)
        if assets and not self._lane.waits("pictures"):
            self._lane.put(self._fetch, key="pictures")
        self._lane.put(self._fetch, key="pictures")

    def get(self, asset: Pictured, size: int) -> bytes | Problem | None:
        """The picture, why there is none, or None while it is on its way. Never waits."""
        key = picture_key(asset, size)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            refused = self._refused.get(key)
            return None if refused is None else refused[1]

    def _fetch(self) -> None:
        with self._lock:
            wanted = self._wanted
        came = waits = False
        for asset, size in wanted:
            if self._wanted is not wanted:
                return  # somebody has scrolled on; that fetch is waiting already
            key = picture_key(asset, size)
            if key in self._kept or self._is_refused(key):
                continue
            found = self._ask(asset, size)
            if found is None:
                waits = True
                continue
            self._take(key, found)
            came = True
        if came:
            self._came()
        if waits and self._wanted is wanted:
            self._lane.put(self._fetch, key="pictures", delay_s=_POLL_S)
        elif not waits:
            self._look_ahead(wanted)

    def _look_ahead(self, wanted: object) -> None:
        """Fetch what may be looked at next; whoever wants something meanwhile goes first."""
        waits = False
        for asset in (*self._ahead, *self._soon):
            if self._wanted is not wanted or self._lane.waits("pictures"):
                return
            key = picture_key(asset, self._edge)
            if key in self._kept or key in self._refused:
                continue
            found = self._ask(asset, self._edge)
            waits = waits or found is None
            if found is not None:
                self._take(key, found)
        if waits:
            self._lane.put(self._fetch, key="pictures", delay_s=_POLL_S)

    def _ask(self, asset: Pictured, size: int) -> bytes | Problem | None:
        try:
            if isinstance(asset, StoredPicture):
                data = self._library.content_preview(asset.content, asset.name, size)
            else:
                data = self._library.preview(asset, size)
        except AudobonError as error:
            return problem_of(error)
        engine = self._engine()
        return engine.problem if data is None and engine.state == "absent" else data

    def _is_refused(self, key: str) -> bool:
        refused = self._refused.get(key)
        return refused is not None and time.monotonic() < refused[0]

    def _take(self, key: str, found: bytes | Problem) -> None:
        with self._lock:
            if isinstance(found, Problem):
                if found.code == MissingExtra.code:
                    self._lacking()
                passing = any(found.code == kind.code for kind in _all(_PASSING))
                until = time.monotonic() + _AGAIN_S if passing else float("inf")
                self._refused[key] = (until, found)
                return
            self._refused.pop(key, None)
            self._kept[key] = found
            self._size += len(found)
            if self._size > self._budget:
                self._make_room()

    def _make_room(self) -> None:
        for key in list(self._kept):
            if self._size <= self._budget or len(self._kept) == 1:
                return
            if key not in self._held:
                self._size -= len(self._kept.pop(key))


def _all(kinds: Sequence[type[AudobonError]]) -> list[type[AudobonError]]:
    return [*kinds, *(sub for kind in kinds for sub in _all(kind.__subclasses__()))]
