# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that were open before, in a small file of the user's."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

__all__ = ["Recent"]

_KEPT = 10
# What fits in a menu.


class Recent:
    """Paths of libraries, the last one first. A file that cannot be read or written is no error.

    ``shown`` is what was read or written last, for whoever draws.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.shown: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """The paths, the last one first; also of folders that are away just now."""
        self.shown = self._read()
        return self.shown

    def _read(self) -> tuple[str, ...]:
        try:
            found = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return ()
        if not isinstance(found, list):
            return ()
        return tuple(path for path in found if isinstance(path, str))[:_KEPT]

    def last(self) -> str | None:
        """The library that was open last, None when its folder is away."""
        found = self.all()
        return found[0] if found and os.path.isdir(found[0]) else None

    def add(self, path: str) -> None:
        """Put a library first."""
        path = os.path.abspath(path)
        self._write([path, *(other for other in self.all() if other != path)])

    def forget(self, path: str) -> None:
        """Take a library out of the list; nothing of it is deleted."""
        self._write([other for other in self.all() if other != path])

    def _write(self, paths: list[str]) -> None:
        self.shown = tuple(paths[:_KEPT])
        part = self._path.with_suffix(f".{os.getpid()}.part")  # several Blenders may write at once
        with contextlib.suppress(OSError):
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(paths[:_KEPT], indent=1), "utf-8")
            part.replace(self._path)
