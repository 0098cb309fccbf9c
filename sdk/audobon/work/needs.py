"""What requests took, remembered: so that the next one of its kind is let in when it fits."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Mapping
from pathlib import Path

from audobon.errors import AudobonError
from audobon.model.job import Need
from audobon.system.files import write_atomic

__all__ = ["Needs"]

_NEWS = 0.1  # a share by which a figure must differ to be written down


class Needs:
    """The memory that requests took, by name and size, in a file that may be deleted at any time.

    Sizes count by powers of two. What is kept is how much more was taken than
    the request said at least, so that it serves for other sizes as well.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, dict[int, int]] | None = None

    def expected(self, need: Need) -> int:
        """Bytes that a request is expected to take beyond what a worker needs at rest."""
        with self._lock:
            sizes = self._load().get(need.name, {})
        if not sizes:
            return need.least
        size = need.size.bit_length()
        # The next smaller one rather than a larger: then it is an estimate from below.
        nearest = min(sizes, key=lambda each: (each > size, abs(each - size)))
        return max(need.least + sizes[nearest], 0)

    def took(self, need: Need, taken: int, *, first: bool) -> None:
        """Remember. The ``first`` request of its kind in a worker loads what the later ones
        find there: it counts as it is, a later one only if it took even more."""
        more, size = taken - need.least, need.size.bit_length()
        with self._lock:
            sizes = self._load().setdefault(need.name, {})
            known = sizes.get(size)
            if known is not None and not first and more <= known:
                return
            if known is not None and abs(more - known) <= _NEWS * max(abs(known), 1):
                return
            sizes[size] = more
            self._write()

    def _load(self) -> dict[str, dict[int, int]]:
        if self._known is None:
            self._known = {}
            if self._file is not None:
                # What is damaged or from another version is measured again.
                with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
                    told: Mapping[str, Mapping[str, int]] = json.loads(self._file.read_bytes())
                    self._known = {
                        name: {int(size): int(more) for size, more in sizes.items()}
                        for name, sizes in told.items()
                    }
        return self._known

    def _write(self) -> None:
        if self._file is None:
            return
        # A full disk is no reason not to compute.
        with contextlib.suppress(OSError, AudobonError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._file, json.dumps(self._known).encode(), durable=False)
