# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with scenes that hold scripts: in general, in one library, in trusted folders."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from .trust import ALLOW, ASK, REFUSE

__all__ = ["SAME", "Policies"]

SAME = "same"
"""A library that does as the preferences say."""
_KNOWN = (ASK, REFUSE, ALLOW)


class Policies:
    """Rules of libraries, by id, and trusted folders, in a small file of the user's.

    A damaged file is as none: the preferences hold then. Read once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._libraries: dict[str, str] = {}
        self._folders: list[str] = []
        self._loaded = False

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders whose scenes come in without a question."""
        self.load()
        return tuple(self._folders)

    def of_library(self, ident: str) -> str:
        """The rule of a library, ``SAME`` where it has none."""
        self.load()
        return self._libraries.get(ident, SAME)

    def set_library(self, ident: str, rule: str) -> None:
        """Give a library a rule of its own, or ``SAME``."""
        self.load()
        if rule in _KNOWN:
            self._libraries[ident] = rule
        else:
            self._libraries.pop(ident, None)
        self._save()

    def trust(self, folder: str) -> None:
        """Let scenes below a folder come in without a question."""
        self.load()
        folder = os.path.realpath(folder)
        if folder not in self._folders:
            self._folders.append(folder)
            self._save()

    def distrust(self, folder: str) -> None:
        self.load()
        if folder in self._folders:
            self._folders.remove(folder)
            self._save()

    def rule(self, general: str, ident: str, files: Iterable[str]) -> str:
        """What holds for a scene and the files that come along with it.

        A library's own rule goes before the general one. Trusted folders
        count where nothing is refused, and only if every file lies in one.
        """
        self.load()
        own = self._libraries.get(ident, general)
        if own == ASK and self._folders and all(map(self._is_trusted, files)):
            return ALLOW
        return own

    def _is_trusted(self, path: str) -> bool:
        # Where it really lies: a link in a trusted folder may lead out of it.
        real = os.path.realpath(path)
        return any(
            os.path.normcase(real).startswith(os.path.normcase(os.path.join(folder, "")))
            for folder in self._folders
        )

    def load(self) -> None:
        """Read the file, once."""
        if self._loaded:
            return
        self._loaded = True
        try:
            found = json.loads(self._path.read_bytes())
            self._folders = [str(each) for each in found["folders"] if Path(each).is_absolute()]
            self._libraries = {
                str(ident): rule for ident, rule in found["libraries"].items() if rule in _KNOWN
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            self._folders, self._libraries = [], {}

    def _save(self) -> None:
        part = self._path.with_suffix(f".{os.getpid()}.part")
        text = json.dumps({"folders": self._folders, "libraries": self._libraries}, indent=1)
        with contextlib.suppress(OSError):
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, "utf-8")
            part.replace(self._path)
