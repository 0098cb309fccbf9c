# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours to paint with, one at a time or as a palette of Krita's."""

from __future__ import annotations

from pathlib import Path

import krita

from . import kit
from .documents import Refused
from .qt import QtGui

__all__ = ["palette_file", "pick"]


def pick(color: str) -> None:
    """Paint with this colour (``#rrggbb``) from now on. Refused without a view."""
    window = krita.Krita.instance().activeWindow()
    view = None if window is None else window.activeView()
    if view is None or view.canvas() is None:
        raise Refused("open a document first; then a colour can be painted with")
    view.setForeGroundColor(krita.ManagedColor.fromQColor(QtGui.QColor(color), view.canvas()))


def palette_file(name: str) -> Path:
    """Where a palette of this name belongs so that Krita finds it when it starts."""
    return kit.user_folder().parent / "palettes" / f"{name}.gpl"
