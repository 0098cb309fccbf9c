# SPDX-License-Identifier: GPL-3.0-or-later
"""What a 3D view shows, drawn once more beside the screen."""

from __future__ import annotations

from typing import Any

import gpu

from ..logic.snapshot import snapshot_size

__all__ = ["view_of", "view_pixels"]


def view_of(context: Any) -> Any:
    """The 3D view that is meant: this one, else the largest of the window; None without one."""
    area = getattr(context, "area", None)
    if area is not None and area.type == "VIEW_3D":
        return area
    screen = getattr(context, "screen", None)
    views = [] if screen is None else [area for area in screen.areas if area.type == "VIEW_3D"]
    return max(views, key=lambda each: each.width * each.height, default=None)


def view_pixels(context: Any, area: Any) -> tuple[int, int, bytes]:
    """Width, height and RGBA of a 3D view, lowest row first, without overlays.

    RuntimeError where this Blender cannot draw, as in the background.
    """
    space = area.spaces.active
    region = next(each for each in area.regions if each.type == "WINDOW")
    width, height = snapshot_size(region.width, region.height)
    overlays = space.overlay.show_overlays
    try:
        offscreen = gpu.types.GPUOffScreen(width, height)
    except (SystemError, RuntimeError, ValueError) as error:
        raise RuntimeError(f"this view cannot be drawn: {error}") from error
    try:
        space.overlay.show_overlays = False
        offscreen.draw_view3d(
            context.scene,
            context.view_layer,
            space,
            region,
            space.region_3d.view_matrix,
            space.region_3d.window_matrix,
            do_color_management=True,
        )
        drawn = offscreen.texture_color.read()
        drawn.dimensions = width * height * 4
        return width, height, bytes(drawn)
    finally:
        space.overlay.show_overlays = overlays
        offscreen.free()
