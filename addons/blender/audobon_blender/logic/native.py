# SPDX-License-Identifier: GPL-3.0-or-later
"""The library among the asset libraries of Blender's preferences: named, followed, taken out.

Which entries are ours is remembered in a small file, by the library's id. An
entry that the person made or has changed is left as it is.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Change", "Entry", "Native", "reconcile", "same_folder"]


@dataclass(frozen=True)
class Entry:
    """A line of Blender's list: the name shown, and the folder."""

    name: str
    path: str


@dataclass(frozen=True)
class Change:
    """``old`` becomes ``new``; None on one side adds or removes."""

    old: Entry | None
    new: Entry | None


def reconcile(
    ours: Mapping[str, Entry], known: Iterable[Entry], ident: str, now: Entry
) -> Change | None:
    """What is to be done for the library ``ident`` that is open as ``now``.

    ``ours`` are the entries that were made for libraries, ``known`` all that
    Blender has. None where nothing is: it was never asked for, was taken out
    by the person, or is as it should be.
    """
    was = ours.get(ident)
    if was is None:
        return None
    there = [each for each in known if same_folder(each.path, was.path)]
    if not there:
        return None  # taken out by the person, who may have meant it
    if was == now or any(same_folder(each.path, now.path) for each in known if each not in there):
        return None
    # The person's own name for it stays.
    name = now.name if there[0].name == was.name else there[0].name
    wanted = Entry(name, now.path)
    return None if there[0] == wanted else Change(there[0], wanted)


def same_folder(one: str, other: str) -> bool:
    return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))


class Native:
    """The entries that were made for libraries. A file that cannot be written is no error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ours: dict[str, Entry] | None = None

    @property
    def ours(self) -> dict[str, Entry]:
        """By the id of the library; read from disk once."""
        if self._ours is None:
            self._ours = self._read()
        return self._ours

    def made(self, ident: str, entry: Entry) -> None:
        """Remember that this entry is ours."""
        if self.ours.get(ident) != entry:
            self.ours[ident] = entry
            self._write()

    def forget(self, ident: str) -> None:
        """The entry is not ours any more."""
        if self.ours.pop(ident, None) is not None:
            self._write()

    def stale(self) -> list[str]:
        """Ids of libraries whose folder is there and is no library any more. Asks the disk.

        One whose folder is away may come back with its disk.
        """
        from audobon.errors import AudobonError
        from audobon.library import find_library

        found = []
        for ident, entry in self.ours.items():
            if os.path.isdir(entry.path):
                try:
                    there = same_folder(str(find_library(entry.path)), entry.path)
                except (AudobonError, OSError):
                    there = False
                found += [] if there else [ident]
        return found

    def _read(self) -> dict[str, Entry]:
        try:
            found = json.loads(self._path.read_bytes())
            return {
                str(ident): Entry(str(name), str(path)) for ident, (name, path) in found.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        rows = {ident: [entry.name, entry.path] for ident, entry in self.ours.items()}
        part = self._path.with_suffix(f".{os.getpid()}.part")
        with contextlib.suppress(OSError):
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(rows, indent=1), "utf-8")
            part.replace(self._path)
