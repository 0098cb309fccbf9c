# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that come with the plugin, chosen for the Python that Krita has.

``lib/common`` holds what every Python can load, ``lib/cp311`` and its sisters
what one of them can. They come last on ``sys.path``, so that whatever Krita or
another plugin brings wins: but where that is too old for ours, as Linux
distributions have it beside their Krita, they come first. They have to be
there while Krita runs, because worker processes are given that path.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

__all__ = ["attach", "lacking"]

_FOLDER = Path(__file__).resolve().parents[1] / "lib"
_JUDGE = Path("audobon", "panel", "brought.py")


def _own() -> Path:
    return _FOLDER / "cp{}{}".format(*sys.version_info[:2])


def attach() -> None:
    """Have the folders on ``sys.path``, in front of any library that is too old for theirs."""
    ours = [str(each) for each in (_own(), _FOLDER / "common") if each.is_dir()]
    sys.path += [each for each in ours if each not in sys.path]
    if ours and _outdated(ours):
        sys.path[:] = [*ours, *(each for each in sys.path if each not in ours)]


def lacking() -> str:
    """Why the libraries cannot be loaded in this Krita, empty when they can."""
    if not _FOLDER.is_dir() or _own().is_dir():
        return ""
    have = ", ".join(f"3.{one.name[3:]}" for one in sorted(_FOLDER.glob("cp3*")))
    now = ".".join(str(part) for part in sys.version_info[:2])
    return f"this plugin has libraries for Python {have}, and this Krita has Python {now}"


def _outdated(folders: list[str]) -> bool:
    """Whether the host has what is too old for one of ours, as our own SDK tells it.

    Run by its place: to import it would already decide whose ``audobon`` this host has.
    """
    spec = spec_from_file_location("audobon_brought", _FOLDER / "common" / _JUDGE)
    if spec is None or spec.loader is None:  # never of a path that ends like this
        return False
    judge = module_from_spec(spec)
    spec.loader.exec_module(judge)
    return any(map(judge.outdated, folders))
