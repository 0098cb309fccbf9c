# SPDX-License-Identifier: GPL-3.0-or-later
"""The colour that one paints with."""

from __future__ import annotations

from typing import Any

import bpy

__all__ = ["brush_color"]

_MODES = {
    "VERTEX_PAINT": "vertex_paint",
    "PAINT_GPENCIL": "gpencil_paint",
    "PAINT_GREASE_PENCIL": "gpencil_paint",
    "SCULPT": "sculpt",
}
_STRAIGHT = 0.0031308


def brush_color(context: Any) -> tuple[float, float, float] | None:
    """The colour of the active brush as a screen shows it, from 0 to 1; None without a brush.

    Of the mode that the active object is in, else of texture painting. From
    Blender 5.0 on the unified settings belong to each mode, before to all.
    """
    tools = context.scene.tool_settings
    active = getattr(context, "active_object", None)
    paint = getattr(tools, _MODES.get("" if active is None else active.mode, "image_paint"), None)
    unified = getattr(paint, "unified_paint_settings", None)
    if unified is None:
        unified = getattr(tools, "unified_paint_settings", None)
    brush = getattr(paint, "brush", None)
    holder: Any = unified if unified is not None and unified.use_unified_color else brush
    if brush is None or not hasattr(holder, "color"):
        return None
    red, green, blue = tuple(holder.color)[:3]
    if bpy.types.Brush.bl_rna.properties["color"].subtype != "COLOR":
        return red, green, blue
    return _shown(red), _shown(green), _shown(blue)


def _shown(value: float) -> float:
    """Light to what sRGB shows it by: later Blenders keep the colours of brushes as light."""
    value = min(max(value, 0.0), 1.0)
    return 12.92 * value if value <= _STRAIGHT else 1.055 * value ** (1 / 2.4) - 0.055
