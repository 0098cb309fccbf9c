"""One field of a session's state, of which several threads change parts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from attrs import evolve

__all__ = ["Telling"]


class Telling:
    """Replaces parts of one field of the state, one caller after another.

    ``seen`` gives what the field is now, ``update`` changes the state. Nothing is told where the
    field stays as it was.
    """

    def __init__(self, field: str, update: Callable[..., None], seen: Callable[[], Any]) -> None:
        self._field = field
        self._update = update
        self._seen = seen
        self._lock = threading.Lock()

    def __call__(self, **changes: Any) -> None:
        with self._lock:
            before = self._seen()
            after = evolve(before, **changes)
            if after != before:
                self._update(**{self._field: after})
