"""Which libraries of a host are too old for those that an add-on brings.

An add-on runs this file by its place, before it is decided whose libraries are imported: so it
imports the standard library only.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

__all__ = ["outdated"]

_NEED = re.compile(r"Requires-Dist: ([A-Za-z0-9._-]+)[^;]*?[>=]=\s*([0-9][0-9.]*)")


def outdated(folder: str) -> bool:
    """Whether a library that others brought, further in front, is too old for one in ``folder``.

    Read from what pip notes beside each, without importing any. Where the folder is not on
    ``sys.path``, all of that stands in front of it.
    """
    mine = {name: path for name, _, path in _libraries(folder)}
    needed: dict[str, tuple[int, ...]] = {}
    for path in mine.values():
        for name, lowest in _needs(path):
            needed[name] = max(needed.get(name, ()), lowest)
    for place in sys.path:
        if place == folder:
            break
        for name, version, _ in _libraries(place):
            if name in mine and version < needed.get(name, ()):
                return True
    return False


def _libraries(folder: str) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """What a folder says that it has: name, version, and where that is said."""
    try:
        names = os.listdir(folder)
    except OSError:  # a zip, or a folder that is not there
        return
    for each in names:
        stem, _, kind = each.rpartition(".")
        name, _, version = stem.partition("-")
        if kind in ("dist-info", "egg-info") and version:
            yield _plain(name), _number(version.partition("-")[0]), os.path.join(folder, each)


def _needs(path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The libraries that one asks for, each with the lowest version that it takes."""
    try:
        with open(os.path.join(path, "METADATA"), encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if not line.strip():
                    break  # the description begins
                found = _NEED.match(line)
                if found is not None and "extra ==" not in line:
                    yield _plain(found[1]), _number(found[2])
    except OSError:
        return


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in [*re.findall(r"\d+", version), 0, 0, 0][:3])
