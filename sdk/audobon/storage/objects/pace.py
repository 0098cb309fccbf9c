"""How much of an upload is sent in one request: what the line bears.

Each request of an upload waits for its answer, so few large ones are quicker; what a request was
sending is sent again when the line breaks, so a slow line gets small ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["FIRST", "LEAST", "MOST", "Pace"]

LEAST = 8 << 20
"""Bytes, also after an upload that failed."""
FIRST = 16 << 20
"""Bytes, until the line is known: as much as a request fetches."""
MOST = 40 << 20
"""Bytes. A whole pack, which has 32 MiB and a group more; it lies in memory while it is sent."""
_SECONDS = 4.0
"""What may have to be sent again. Below it a request of a line of 10 MB/s is at its largest."""
_STEP = 256 << 10
"""A rule of the service: requests but the last are multiples of it."""


class Pace:
    """The size of the next requests, by how the last upload went. Any thread."""

    def __init__(self) -> None:
        self.size = FIRST

    @contextmanager
    def sending(self, count: int) -> Iterator[None]:
        """An upload of ``count`` bytes. Small ones tell nothing of the line."""
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            self.size = LEAST
            raise
        if count >= LEAST:
            speed = count / max(time.monotonic() - begun, 1e-3)
            size = min(max(int(speed * _SECONDS), LEAST), MOST)
            self.size = size // _STEP * _STEP
