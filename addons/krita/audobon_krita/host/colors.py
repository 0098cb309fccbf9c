# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours as Krita keeps them: what a space is, and pixels from one into another."""

from __future__ import annotations

import struct
from typing import Any

import krita

from ..logic.making import LIGHT, Space
from .documents import Refused
from .qt import QtCore

__all__ = ["CONVERTED", "Converter", "space_of"]

CONVERTED = 16
"""Bytes for which a pixel counts that is converted: 65,000 of them in a strip take some 20 ms."""
_STEPS = 32
# Each conversion is kept by its document, which remembers what was before.

_HALF = {
    "U8": bytes((128, 128, 128, 255)),
    "U16": struct.pack("4H", 32768, 32768, 32768, 65535),
    "F16": struct.pack("4e", 0.5, 0.5, 0.5, 1.0),
    "F32": struct.pack("4f", 0.5, 0.5, 0.5, 1.0),
}
# A grey in the middle of what numbers can say, opaque.
_DISPLAY, _LIGHT = (0.15, 0.30), (0.45, 0.55)
# As how much light it counts: 0.21 by the curve of sRGB (0.18 to 0.22 by others), 0.5 by none.
_curves: dict[tuple[str, str, str], str] = {}


def space_of(holder: Any) -> Space:
    """The space of a layer or a document."""
    named = (str(holder.colorModel()), str(holder.colorDepth()), str(holder.colorProfile()))
    if named not in _curves:
        _curves[named] = _curve(Space(*named, "other"))
    return Space(*named, _curves[named])


def _curve(space: Space) -> str:
    """Profiles say nothing of their curve to plugins, so a grey is converted and looked at."""
    if space.model != "RGBA" or space.depth not in _HALF:
        return "other"
    light = Space("RGBA", "F32", LIGHT, "light")
    if _named(space) == _named(light):
        return "light"
    converter = Converter(space, light)
    try:
        value = struct.unpack("4f", converter.convert(_HALF[space.depth], 1, 1))[1]
    finally:
        converter.close()
    if _DISPLAY[0] < value < _DISPLAY[1]:
        return "display"
    return "light" if _LIGHT[0] < value < _LIGHT[1] else "other"


class Converter:
    """From one space into another by Krita itself, in a document that nobody sees.

    In the person's own document each conversion would be a step of undo. To be closed.
    """

    def __init__(self, source: Space, target: Space) -> None:
        self._source = source
        self._target = target
        self._hidden: Any = None
        self._used = 0

    @property
    def needed(self) -> bool:
        return _named(self._source) != _named(self._target)

    def convert(self, data: Any, width: int, height: int) -> bytes:
        """These pixels, in the other space."""
        if self._hidden is None or self._used >= _STEPS:
            self.close()
            app = krita.Krita.instance()
            self._hidden = app.createDocument(1, 1, "colours", *_named(self._source), 72.0)
            self._hidden.setBatchmode(True)
        self._used += 1
        layer = self._hidden.createNode("converted", "paintlayer")
        layer.setPixelData(QtCore.QByteArray(bytes(data)), 0, 0, width, height)
        if not layer.setColorSpace(*_named(self._target)):
            raise Refused(
                f"Krita cannot convert {self._source.model} {self._source.depth} into"
                f" {self._target.model} {self._target.depth}; convert the document first"
            )
        return bytes(layer.pixelData(0, 0, width, height))

    def close(self) -> None:
        """Forget what was converted."""
        if self._hidden is not None:
            self._hidden.setModified(False)
            self._hidden.close()
        self._hidden, self._used = None, 0


def _named(space: Space) -> tuple[str, str, str]:
    return space.model, space.depth, space.profile
