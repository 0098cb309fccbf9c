# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries that come with the legacy add-on, in reach while it is registered.

An extension needs none of this: there Blender itself unpacks the wheels. A
Blender before 4.2 knows no wheels, so the legacy zip holds them unpacked.
Their folder comes last, so that whatever Blender or another add-on brings
wins, and it goes again with the add-on. It has to be on ``sys.path`` while
the add-on is registered, because worker processes are given that path.
"""

import sys
from pathlib import Path

__all__ = ["attach", "detach"]

_FOLDER = Path(__file__).resolve().parents[1] / "vendor"


def attach() -> None:
    if _FOLDER.is_dir() and str(_FOLDER) not in sys.path:
        sys.path.append(str(_FOLDER))


def detach() -> None:
    if str(_FOLDER) in sys.path:
        sys.path.remove(str(_FOLDER))
