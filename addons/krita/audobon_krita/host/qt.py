# SPDX-License-Identifier: GPL-3.0-or-later
"""Qt of the version that this Krita is built with: PyQt5, or PyQt6 from Krita 6 on.

Asking the other one would load a second Qt into the process and end it, so
nothing is tried: Krita is asked, and where it does not say, what it has
loaded itself tells. Enums are written with their scope, which both understand.
"""

import sys
from importlib import import_module, util
from typing import Any

__all__ = ["MAJOR", "QtCore", "QtGui", "QtWidgets", "event_point", "view_option"]


def _major() -> int:
    # ``pykrita`` is part of Krita itself; ``krita`` is the package beside it.
    for name in ("pykrita", "krita"):
        found = name in sys.modules or util.find_spec(name) is not None
        ask = getattr(import_module(name), "qt_major_version", None) if found else None
        if ask is not None:
            return int(ask() if callable(ask) else ask)
    return 6 if "PyQt6" in sys.modules and "PyQt5" not in sys.modules else 5


MAJOR = _major()
QtCore: Any = import_module(f"PyQt{MAJOR}.QtCore")
QtGui: Any = import_module(f"PyQt{MAJOR}.QtGui")
QtWidgets: Any = import_module(f"PyQt{MAJOR}.QtWidgets")


def view_option(view: Any) -> Any:
    """How a view wants its cells drawn; Qt 6 has it under another name."""
    if MAJOR == 5:
        return view.viewOptions()
    option = QtWidgets.QStyleOptionViewItem()
    view.initViewItemOption(option)
    return option


def event_point(event: Any) -> Any:
    """Where in its widget an event of the mouse is."""
    return event.pos() if MAJOR == 5 else event.position().toPoint()
