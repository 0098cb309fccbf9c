"""What the library has written itself: files whose digests are known, as nobody need read them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from attrs import define, field

from audobon.services.core.fingerprint import FULL_BELOW

__all__ = ["Written"]

_MOST = 1 << 16


@define(eq=False)
class Written:
    """Digests of large files by path, for as long as they have the size and time stamp that they
    had when they were complete. In memory, of one process; smaller files are read anyway. Any
    thread."""

    _known: dict[str, tuple[int, int, str]] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    def note(self, path: Path, seen: os.stat_result, digest: str) -> None:
        """A file with these bytes appears at ``path``, and ``seen`` was its stat just before."""
        if seen.st_size <= FULL_BELOW:
            return
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[str(path)] = seen.st_size, seen.st_mtime_ns, digest

    def digest(self, path: str, size: int, mtime_ns: int) -> str:
        """The sha256 in hex of the file that has this size and time stamp; empty if unknown."""
        with self._lock:
            known = self._known.get(path)
        return known[2] if known is not None and known[:2] == (size, mtime_ns) else ""
