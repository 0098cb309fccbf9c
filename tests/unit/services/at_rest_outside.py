"""What is written out of an encrypted library while one works in it.

Every file that this process opens for writing is noted as Python opens it. Workers can write
where they are told only, which their own tests show: here it is looked where that is.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Outside:
    """Looks from now on. ``base`` holds the libraries, the places and the home of the user."""

    def __init__(self, base: Path) -> None:
        self.home = base / "home"
        self.temporary = Path(tempfile.gettempdir())
        self.opened: set[str] = set()
        self.private: set[str] = set()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(args[0], str | bytes):
            return
        path, flags = os.fsdecode(args[0]), args[2]
        if not isinstance(flags, int) or not flags & _WRITES or path.startswith("/dev/null"):
            return
        path = os.path.abspath(path)
        if "/private-" in path:
            self.private.add(path)
        elif path.startswith((str(self.home), "/dev/shm", "/run")) or (
            path.startswith(str(self.temporary))
        ):
            self.opened.add(path)

    def told(self, word: bytes, found_in: Callable[..., Any]) -> tuple[dict[str, Any], bool]:
        """What is wrong of it, and whether anything was written where it may be."""
        meant = [path for path in self.opened if path.endswith((".lock", ".pyc", "/devices"))]
        # What is known of this machine: nothing of a library, which ``found`` looks for.
        meant += [path for path in self.opened if Path(path).parent == self.home / "audobon"]
        places = {
            Path(path[: path.index("/", path.index("/private-") + 1)])
            for path in self.private
            if not path.endswith(".lock")
        }
        modes = [str(each) for each in places if each.is_dir() and each.stat().st_mode & 0o077]
        left = [str(path) for each in places if each.is_dir() for path in each.rglob("*")]
        return {
            "written": sorted(self.opened - {*meant}) + modes,
            "found": found_in(self.home, {"word": word}),
            "left": left,
        }, bool(places)
