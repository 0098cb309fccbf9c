# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours of files, and the colours that one paints with."""

from typing import Any

import krita

from .documents import Refused
from .images import read_small
from .qt import QtCore, QtGui

__all__ = ["Swatch", "paint_with", "painted_with", "pixels_of"]

_EDGE = 64
# Pixels a side that are looked at: enough for a few colours, and quick in plain Python.
_SEEN = 128
# An alpha from which on a pixel counts.


class Swatch:
    """A small picture of one colour, for a button."""

    def __init__(self, text: str, size: int) -> None:
        pixmap = QtGui.QPixmap(size, size)
        pixmap.fill(QtGui.QColor(text))
        self.icon = QtGui.QIcon(pixmap)


def pixels_of(path: str) -> list[tuple[int, int, int]]:
    """Red, green and blue of a small copy of a picture; empty for one that Qt cannot read.

    Usable from any thread.
    """
    image = read_small(path)
    if image is None:
        return []
    keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
    if max(image.width(), image.height()) > _EDGE:
        image = image.scaled(_EDGE, _EDGE, keep)
    image = image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    found = []
    for y in range(image.height()):
        for x in range(image.width()):
            value = image.pixel(x, y)
            if value >> 24 >= _SEEN:
                found.append(((value >> 16) & 255, (value >> 8) & 255, value & 255))
    return found


def painted_with() -> tuple[int, int, int]:
    """The colour of the brush in sRGB, as the canvas shows it. Refused without a document."""
    window = krita.Krita.instance().activeWindow()
    view: Any = None if window is None else window.activeView()
    if view is None or view.document() is None:
        raise Refused("open a document first; then the brush has a colour")
    shown = view.foregroundColor().colorForCanvas(view.canvas())
    return shown.red(), shown.green(), shown.blue()


def paint_with(red: int, green: int, blue: int, *, background: bool = False) -> None:
    """Make an sRGB colour that of the brush, or that of the background."""
    window = krita.Krita.instance().activeWindow()
    view: Any = None if window is None else window.activeView()
    if view is None or view.document() is None:
        raise Refused("open a document first; then a colour can be picked")
    colour = krita.ManagedColor("RGBA", "U8", "")
    colour.setComponents([blue / 255, green / 255, red / 255, 1.0])
    if background:
        view.setBackGroundColor(colour)
    else:
        view.setForeGroundColor(colour)
