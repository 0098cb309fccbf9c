# SPDX-License-Identifier: GPL-3.0-or-later
"""Qt of the version that this Krita is built with: PyQt5, or PyQt6 from Krita 6 on.

Asking the other one would load a second Qt into the process and end it, so
nothing is tried: Krita is asked. Enums are written with their scope, which
both understand.
"""

from importlib import import_module, util
from typing import Any

__all__ = ["MAJOR", "QtCore", "QtGui", "QtWidgets"]


def _major() -> int:
    if util.find_spec("pykrita") is None:
        return 5
    ask = getattr(import_module("pykrita"), "qt_major_version", None)
    return 5 if ask is None else int(ask())


MAJOR = _major()
QtCore: Any = import_module(f"PyQt{MAJOR}.QtCore")
QtGui: Any = import_module(f"PyQt{MAJOR}.QtGui")
QtWidgets: Any = import_module(f"PyQt{MAJOR}.QtWidgets")
