"""Paintings that a real Krita makes and edits. Runs inside Krita, by the runner of ``krita``.

``AUDOBON_BENCH_PAINTING`` is ``FOLDER NAME MB FIRST LAST`` as JSON: saves
``FOLDER/NAME_FIRST.kra`` to ``NAME_LAST.kra`` in this one session. Number 1 is new;
each other is the one before it, painted over in one corner of one layer. A
first number above 1 opens the file before it, as a new session does.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
from krita import Krita  # type: ignore[import-not-found]
from PyQt5.QtCore import QByteArray  # type: ignore[import-not-found]

LAYERS = 4
TILE_KB = 11.1
"""One tile of 64 x 64 RGBA pixels of such paint in a file of Krita 5.1, with its share of the
merged picture; measured."""


def paint(width: int, height: int, seed: int) -> bytes:
    """Pixels in Krita's order (BGRA): waves of colour with the grain of a brush."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pixels = np.empty((height, width, 4), np.uint8)
    for channel in range(3):
        waves = np.sin(x / (90 + 40 * channel)) + np.cos(y / (70 + 30 * channel))
        grain = chance.integers(0, 12, (height, width)) * (channel != 1)
        pixels[..., channel] = (60 * waves + 120 + grain).clip(0, 255)
    pixels[..., 3] = 255
    return pixels.tobytes()


def put(layer: Any, seed: int, left: int, top: int, width: int, height: int) -> None:
    layer.setPixelData(QByteArray(paint(width, height, seed)), left, top, width, height)


def save(document: Any, path: str) -> None:
    document.refreshProjection()
    document.waitForDone()
    if not document.saveAs(path):
        raise RuntimeError(f"Krita did not save {path}")


def new(side: int) -> Any:
    document = Krita.instance().createDocument(side, side, "bench", "RGBA", "U8", "", 300.0)
    root = document.rootNode()
    for number in range(LAYERS):
        layer = document.createNode(f"layer {number}", "paintlayer")
        root.addChildNode(layer, None)
        put(layer, number, 0, 0, side, side)
    return document


def edit(document: Any, number: int, side: int) -> None:
    """A stroke of session ``number``: a thirty-third of one layer."""
    layer = document.topLevelNodes()[-1 - number % LAYERS]
    width, height = side // 4, side // 8
    put(layer, 100 + number, number * 192 % (side - width), side // 3, width, height)


def main() -> dict[str, Any]:
    folder, name, size_mb, first, last = json.loads(os.environ["AUDOBON_BENCH_PAINTING"])
    app = Krita.instance()
    app.setBatchmode(True)
    side = max(2, round((size_mb * 1000 / TILE_KB / LAYERS) ** 0.5)) * 64
    if first == 1:
        document = new(side)
    else:
        document = app.openDocument(f"{folder}/{name}_{first - 1}.kra")
    document.setBatchmode(True)
    for number in range(first, last + 1):
        if number > 1:
            edit(document, number, side)
        save(document, f"{folder}/{name}_{number}.kra")
    document.close()
    return {"side": side}
