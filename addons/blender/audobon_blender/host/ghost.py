# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines in all 3D views that are no part of the scene: the box of what is being placed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import bpy
import gpu
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Vector

from ..logic.using import Box

__all__ = ["Ghost", "close_all", "is_open"]

_SHADERS = ("UNIFORM_COLOR", "3D_UNIFORM_COLOR")
# The second is the name until 3.3, and still known in 3.6.
_COLOUR = (1.0, 0.62, 0.12)
_HIDDEN, _SEEN, _FILL = 0.35, 1.0, 0.12
_SIDES = 24
_MARK = 0.25  # metres: half the width of the mark of something without a size

_open: list[Ghost] = []


class Ghost:
    """Drawn until it is closed. Nothing is drawn while there are no lines."""

    def __init__(self) -> None:
        self._lines: list[Any] = []
        self._faces: list[Any] = []
        self._draws = 0
        self._handle = bpy.types.SpaceView3D.draw_handler_add(self._draw, (), "WINDOW", "POST_VIEW")
        _open.append(self)

    @property
    def draws(self) -> int:
        """How often it was drawn with lines."""
        return self._draws

    def box(self, box: Box | None, matrix: Any) -> None:
        """Show a box of the asset's own file where ``matrix`` takes it; a mark without a size."""
        low, high = (box.low, box.high) if box is not None else ((0, 0, 0), (0, 0, 0))
        foot = Vector(box.anchor) if box is not None else Vector()
        reach = max(high[2] - low[2], _MARK)
        lines = [foot, foot + Vector((0, 0, reach * 1.25))]
        faces: list[Any] = []
        if box is not None:
            corner = [Vector(each) for each in itertools.product(*zip(low, high, strict=True))]
            pairs = itertools.combinations(range(8), 2)
            lines += [corner[n] for a, b in pairs if (a ^ b).bit_count() == 1 for n in (a, b)]
            faces = [corner[n] for n in (0, 2, 6, 0, 6, 4)]  # the floor, on which it stands
        else:
            ring = [Matrix.Rotation(n * 6.2831853 / _SIDES, 3, "Z") for n in range(_SIDES)]
            points = [turn @ Vector((_MARK, 0, 0)) for turn in ring]
            lines += [p for n, one in enumerate(points) for p in (points[n - 1], one)]
        self._show([matrix @ one for one in lines], [matrix @ one for one in faces])

    def face(self, corners: Sequence[Any]) -> None:
        """Show a face, by its corners in the world."""
        around = [p for n, one in enumerate(corners) for p in (corners[n - 1], one)]
        fan = [p for n in range(1, len(corners) - 1) for p in (0, n, n + 1)]
        self._show(around, [corners[n] for n in fan])

    def clear(self) -> None:
        self._show([], [])

    def close(self) -> None:
        """Draw no more; nothing happens the second time."""
        if self in _open:
            _open.remove(self)
            bpy.types.SpaceView3D.draw_handler_remove(self._handle, "WINDOW")
            _redraw()

    def _show(self, lines: list[Any], faces: list[Any]) -> None:
        self._lines, self._faces = lines, faces
        _redraw()

    def _draw(self) -> None:
        if not self._lines:
            return
        shader = _shader()
        gpu.state.blend_set("ALPHA")
        gpu.state.line_width_set(2.0)
        # What lies behind things is seen through them, but dim.
        for depth, seen in (("NONE", _HIDDEN), ("LESS_EQUAL", _SEEN)):
            gpu.state.depth_test_set(depth)
            _fill(shader, "LINES", self._lines, seen)
        if self._faces:
            _fill(shader, "TRIS", self._faces, _FILL)
        gpu.state.depth_test_set("NONE")
        gpu.state.line_width_set(1.0)
        gpu.state.blend_set("NONE")
        self._draws += 1


def close_all() -> None:
    """Take every handler back, also of what an operator has not ended."""
    for one in tuple(_open):
        one.close()


def is_open() -> bool:
    return bool(_open)


def _fill(shader: Any, kind: str, points: Sequence[Any], alpha: float) -> None:
    batch = batch_for_shader(shader, kind, {"pos": [tuple(one) for one in points]})
    shader.bind()
    shader.uniform_float("color", (*_COLOUR, alpha))
    batch.draw(shader)


def _shader() -> Any:
    for name in _SHADERS:
        try:
            return gpu.shader.from_builtin(name)
        except ValueError:
            continue
    raise RuntimeError("this Blender has no shader for plain lines")


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
