# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that come with the add-on, in reach while it is registered.

Of an extension Blender itself unpacks the wheels, into a folder that it puts on ``sys.path``. A
Blender before 4.2 knows no wheels, so the legacy zip holds them unpacked, in a folder that goes
again with the add-on. Either comes last, so that whatever Blender or another add-on brings wins:
but where that is too old for ours, as Linux distributions have it beside their Blender, it comes
first. It has to be on ``sys.path`` while the add-on is registered, because worker processes are
given that path.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["attach", "detach"]

_FOLDER = Path(__file__).resolve().parents[1] / "vendor"
_moved: list[str] = []
_NEED = re.compile(r"Requires-Dist: ([A-Za-z0-9._-]+)[^;]*?[>=]=\s*([0-9][0-9.]*)")


def attach() -> None:
    """Have the libraries on ``sys.path``, in front of any that is too old for them."""
    folder = _folder()
    if not folder:
        return
    if folder not in sys.path:
        sys.path.append(folder)
    if _outdated(folder):
        sys.path.remove(folder)
        sys.path.insert(0, folder)
        _moved.append(folder)


def detach() -> None:
    """Leave the path as :func:`attach` found it; the folder of an extension is Blender's own."""
    if str(_FOLDER) in sys.path:
        sys.path.remove(str(_FOLDER))
    for folder in _moved:
        if folder in sys.path:
            sys.path.remove(folder)
            sys.path.append(folder)
    _moved.clear()


def _folder() -> str:
    """Where the libraries lie: beside this add-on, else where Blender has unpacked the wheels."""
    if _FOLDER.is_dir():
        return str(_FOLDER)
    own = os.path.join("audobon", "__init__.py")
    return next((each for each in sys.path if os.path.isfile(os.path.join(each, own))), "")


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
