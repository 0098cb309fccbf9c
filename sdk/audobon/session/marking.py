"""Whether the files of the page are as the library knows them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

from audobon.model.asset import Asset
from audobon.session.lane import Lane
from audobon.session.state import State

__all__ = ["Marker", "mark_of"]

_AGAIN_S = 3.0
# A look at a page of 96 files takes 1 ms on a disk, and some 50 ms on a share.


def mark_of(asset: Asset) -> str:
    """``missing`` or ``changed`` where the file is not as the library knows it, else empty."""
    try:
        state = os.stat(asset.file)
    except OSError:
        return "missing"
    known = (asset.size, asset.mtime_ns)
    return "" if known == (state.st_size, state.st_mtime_ns) else "changed"


class Marker:
    """Looks at the files of the page that is shown, on a lane of its own: a share may hang."""

    def __init__(self, lane: Lane, update: Callable[..., None], state: Callable[[], State]) -> None:
        self._lane = lane
        self._update = update
        self._state = state

    def look(self) -> None:
        """Look now, and from then on every few seconds; returns at once."""
        self._lane.put(self._look, key="marks")

    def _look(self) -> None:
        found: Mapping[str, str] = MappingProxyType(
            {
                asset.id: mark
                for asset in self._state().found.assets
                if asset.state == "present" and (mark := mark_of(asset))
            }
        )
        if found != self._state().marks:
            self._update(marks=found)
        self._lane.put(self._look, key="marks", delay_s=_AGAIN_S)
