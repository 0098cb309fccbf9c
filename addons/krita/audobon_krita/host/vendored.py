# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that come with the plugin, chosen for the Python that Krita has.

``lib/common`` holds what every Python can load, ``lib/cp311`` and its sisters
what one of them can. They come last on ``sys.path``, so that whatever Krita or
another plugin brings wins. They have to be there while Krita runs, because
worker processes are given that path.
"""

import sys
from pathlib import Path

__all__ = ["attach", "lacking"]

_FOLDER = Path(__file__).resolve().parents[1] / "lib"


def _own() -> Path:
    return _FOLDER / "cp{}{}".format(*sys.version_info[:2])


def attach() -> None:
    """Put the folders at the end of ``sys.path``."""
    for folder in (_own(), _FOLDER / "common"):
        if folder.is_dir() and str(folder) not in sys.path:
            sys.path.append(str(folder))


def lacking() -> str:
    """Why the libraries cannot be loaded in this Krita, empty when they can."""
    if not _FOLDER.is_dir() or _own().is_dir():
        return ""
    have = ", ".join(f"3.{one.name[3:]}" for one in sorted(_FOLDER.glob("cp3*")))
    now = ".".join(str(part) for part in sys.version_info[:2])
    return f"this plugin has libraries for Python {have}, and this Krita has Python {now}"
