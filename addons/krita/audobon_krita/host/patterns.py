# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as patterns of Krita, and layers that are filled with one.

Krita looks for new files in its folder of resources when it starts, and at no
other time. So a pattern is written there, where the artist finds it from the
next start on; until then a layer is filled with it pixel by pixel, and looks
the same.
"""

from pathlib import Path
from typing import Any

import krita

from . import kit
from .documents import LARGEST, Document, Refused, add_layer, opened, pixels_for

__all__ = ["fill", "folder_of_palettes", "known", "write"]

_FOLDER, _SUFFIX = "patterns", ".png"
_HOW = {"alpha": True, "compression": 6, "indexed": False, "interlaced": False, "forceSRGB": True}


def known(name: str) -> bool:
    """Whether Krita has a pattern of this name."""
    return f"{name}{_SUFFIX}" in krita.Krita.instance().resources("pattern")


def write(path: str, name: str) -> bool:
    """Put a picture among Krita's patterns; False when one of this name lies there already."""
    folder = kit.resource_folder() / _FOLDER
    target = folder / f"{name}{_SUFFIX}"
    if target.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    how = krita.InfoObject()
    for key, value in _HOW.items():
        how.setProperty(key, value)
    with opened(path) as source:
        if not source.exportImage(str(target), how) or not target.exists():
            raise Refused(f"Krita could not write {target}")
    return True


def fill(document: Document, path: str, name: str) -> None:
    """Add a layer that is filled with a picture again and again. One step of undo.

    It is a fill layer where Krita knows the pattern, else a paint layer.
    """
    real = document.real
    if real is None:
        raise Refused("no document is open")
    if known(name):
        how = krita.InfoObject()
        how.setProperty("pattern", f"{name}{_SUFFIX}")
        everywhere = krita.Selection()
        everywhere.select(0, 0, real.width(), real.height(), 255)
        layer = real.createFillLayer(name, "pattern", how, everywhere)
        if layer is None:
            raise Refused("this Krita has no layers that are filled with patterns")
        add_layer(real, layer)
        return
    _fill_with_pixels(real, path, name)


def _fill_with_pixels(real: Any, path: str, name: str) -> None:
    across, down = real.width(), real.height()
    data, width, height = pixels_for(real, path)
    size = len(data) // (width * height)
    if across * down * size > LARGEST:
        raise Refused("the document is too large to be filled with a pattern in one piece")
    layer = real.createNode(name, "paintlayer")
    line = width * size
    times = -(-across // width)
    rows = [(data[y * line : (y + 1) * line] * times)[: across * size] for y in range(height)]
    block = b"".join(rows)
    whole = (block * -(-down // height))[: across * down * size]
    layer.setPixelData(whole, 0, 0, across, down)
    add_layer(real, layer)


def folder_of_palettes() -> Path:
    """Where Krita looks for palettes when it starts."""
    return kit.resource_folder() / "palettes"
