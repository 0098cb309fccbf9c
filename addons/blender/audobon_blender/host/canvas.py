# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles, signs, pictures and text in a region, drawn by the graphics card."""

from __future__ import annotations

import array
from collections.abc import Sequence
from typing import Any

import blf
import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from ..logic.shapes import triangles
from ..logic.tiles import Rect

__all__ = ["Canvas", "Color", "make_texture"]

Color = tuple[float, float, float, float]

_FORMAT = "SRGB8_A8" if bpy.app.version < (5, 0, 0) else "RGBA8"
# What is drawn into a region was linear until 5.0, which encodes it; since then it stays as it is.
_FONT = 0
_QUAD = ((0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1))


def make_texture(width: int, height: int, data: bytes) -> Any:
    """A picture on the graphics card, of RGBA floats from the bottom up."""
    values = array.array("f")
    values.frombytes(data)
    buffer = gpu.types.Buffer("FLOAT", len(values), values)
    return gpu.types.GPUTexture((width, height), format=_FORMAT, data=buffer)


class _Areas:
    """Coloured triangles."""

    def __init__(self) -> None:
        self.places: list[tuple[float, float]] = []
        self.colors: list[Color] = []

    def draw(self) -> None:
        if self.places:
            shader = gpu.shader.from_builtin("FLAT_COLOR")
            content = {"pos": self.places, "color": self.colors}
            batch_for_shader(shader, "TRIS", content).draw(shader)


class Canvas:
    """Collects what is drawn and draws it in few calls: areas, pictures, signs, then text.

    For one drawing of one region, whose lower left corner is the origin.
    """

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self._begin()

    def _begin(self) -> None:
        self._areas, self._signs = _Areas(), _Areas()
        self._pictures: list[tuple[Any, Rect]] = []
        self._texts: list[tuple[str, float, float, float, Color, Rect]] = []

    def fill(self, rect: Rect, color: Color) -> None:
        x, y, right, top = rect.x, rect.y, rect.x + rect.width, rect.y + rect.height
        self._areas.places += [(x, y), (right, y), (right, top), (x, y), (right, top), (x, top)]
        self._areas.colors += [color] * 6

    def frame(self, rect: Rect, color: Color, thick: float) -> None:
        x, y, width, height = rect.x, rect.y, rect.width, rect.height
        self.fill(Rect(x, y, width, thick), color)
        self.fill(Rect(x, y + height - thick, width, thick), color)
        self.fill(Rect(x, y, thick, height), color)
        self.fill(Rect(x + width - thick, y, thick, height), color)

    def sign(self, name: str, rect: Rect, color: Color) -> None:
        """One of ``logic.shapes``, over the pictures."""
        points = triangles(name)
        self._signs.places += [
            (rect.x + x * rect.width, rect.y + y * rect.height) for x, y in points
        ]
        self._signs.colors += [color] * len(points)

    def picture(self, texture: Any, rect: Rect) -> None:
        self._pictures.append((texture, rect))

    def text(
        self, text: str, rect: Rect, color: Color, *, size: float = 12, align: str = "left"
    ) -> None:
        """Text in the middle of a rectangle's height, cut where it does not fit."""
        size *= self.scale
        x = rect.x
        if align != "left":
            blf.size(_FONT, size)
            over = rect.width - blf.dimensions(_FONT, text)[0]
            x += max(0.0, over / 2 if align == "middle" else over)
        self._texts.append((text, x, rect.y + (rect.height - 0.7 * size) / 2, size, color, rect))

    def width(self, text: str, size: float = 12) -> float:
        blf.size(_FONT, size * self.scale)
        return float(blf.dimensions(_FONT, text)[0])

    def flush(self) -> None:
        """Draw what was collected; what comes afterwards lies over it."""
        gpu.state.blend_set("ALPHA")
        self._areas.draw()
        self._draw_pictures(self._pictures)
        self._signs.draw()
        for text, x, y, size, color, rect in self._texts:
            blf.size(_FONT, size)
            blf.color(_FONT, *color)
            blf.enable(_FONT, blf.CLIPPING)
            blf.clipping(
                _FONT, rect.x, rect.y - size, rect.x + rect.width, rect.y + rect.height + size
            )
            blf.position(_FONT, x, y, 0)
            blf.draw(_FONT, text)
            blf.disable(_FONT, blf.CLIPPING)
        self._begin()

    @staticmethod
    def _draw_pictures(pictures: Sequence[tuple[Any, Rect]]) -> None:
        if not pictures:
            return
        shader = gpu.shader.from_builtin("IMAGE")
        batch = batch_for_shader(shader, "TRIS", {"pos": _QUAD, "texCoord": _QUAD})
        shader.bind()
        for texture, rect in pictures:
            with gpu.matrix.push_pop():
                gpu.matrix.translate((rect.x, rect.y))
                gpu.matrix.scale((rect.width, rect.height))
                shader.uniform_sampler("image", texture)
                batch.draw(shader)
