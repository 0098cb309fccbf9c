# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that come with the plugin, chosen for the Python that Krita has.

``lib/common`` holds what every Python can load, ``lib/cp311`` and its sisters
what one of them can. They come last on ``sys.path``, so that whatever Krita or
another plugin brings wins: but where that is too old for ours, as Linux
distributions have it beside their Krita, they come first. They have to be
there while Krita runs, because worker processes are given that path.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["attach", "lacking"]

_FOLDER = Path(__file__).resolve().parents[1] / "lib"
_NEED = re.compile(r"Requires-Dist: ([A-Za-z0-9._-]+)[^;]*?[>=]=\s*([0-9][0-9.]*)")


def _own() -> Path:
    return _FOLDER / "cp{}{}".format(*sys.version_info[:2])


def attach() -> None:
    """Have the folders on ``sys.path``, in front of any library that is too old for theirs."""
    ours = [str(each) for each in (_own(), _FOLDER / "common") if each.is_dir()]
    sys.path += [each for each in ours if each not in sys.path]
    if any(map(_outdated, ours)):
        sys.path[:] = [*ours, *(each for each in sys.path if each not in ours)]


def lacking() -> str:
    """Why the libraries cannot be loaded in this Krita, empty when they can."""
    if not _FOLDER.is_dir() or _own().is_dir():
        return ""
    have = ", ".join(f"3.{one.name[3:]}" for one in sorted(_FOLDER.glob("cp3*")))
    now = ".".join(str(part) for part in sys.version_info[:2])
    return f"this plugin has libraries for Python {have}, and this Krita has Python {now}"


def _outdated(folder: str) -> bool:
    """Whether a library that others brought, further in front, is too old for one of ours."""
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
