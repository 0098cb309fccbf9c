# SPDX-License-Identifier: GPL-3.0-or-later
"""What the person has chosen, in a small file beside the list of libraries."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

__all__ = ["VERSION_ON_SAVE", "Settings"]

VERSION_ON_SAVE = "version_on_save"
"""Whether saving a document of the library also makes a version."""


class Settings:
    """Switches by name, off until somebody turns them on.

    A file that cannot be read or written is no error: then they hold until
    Krita ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._on: dict[str, bool] = {}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(path.read_bytes())
            if isinstance(found, dict):
                self._on = {name: on for name, on in found.items() if isinstance(on, bool)}

    def on(self, name: str) -> bool:
        return self._on.get(name, False)

    def turn(self, name: str, *, on: bool) -> None:
        """Turn a switch, and remember it."""
        if self.on(name) == on:
            return
        self._on[name] = on
        part = self._path.with_suffix(f".{os.getpid()}.part")  # several Kritas may write at once
        with contextlib.suppress(OSError):
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(self._on, indent=1), "utf-8")
            part.replace(self._path)
