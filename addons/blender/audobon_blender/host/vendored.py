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
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

__all__ = ["attach", "detach"]

_FOLDER = Path(__file__).resolve().parents[1] / "vendor"
_JUDGE = os.path.join("audobon", "panel", "brought.py")
_moved: list[str] = []


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
    return next((each for each in sys.path if os.path.isfile(os.path.join(each, _JUDGE))), "")


def _outdated(folder: str) -> bool:
    """Whether the host has what is too old for one of ours, as our own SDK tells it.

    Run by its place: to import it would already decide whose ``audobon`` this host has.
    """
    spec = spec_from_file_location("audobon_brought", os.path.join(folder, _JUDGE))
    if spec is None or spec.loader is None:  # never of a path that ends like this
        return False
    judge = module_from_spec(spec)
    spec.loader.exec_module(judge)
    return bool(judge.outdated(folder))
