# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies under the mouse in a 3D view."""

from __future__ import annotations

from typing import Any

from bpy_extras import view3d_utils
from mathutils import Vector

__all__ = ["spot_under_mouse", "view_under_mouse"]

_FAR = 1e-6  # a ray this flat never meets the ground in a place that somebody can mean


def view_under_mouse(context: Any, event: Any) -> tuple[Any, Any] | None:
    """The region and its 3D data under the mouse, None over a sidebar or another editor."""
    for area in context.screen.areas:
        if area.type != "VIEW_3D":
            continue
        over = None
        for region in area.regions:
            inside_x = 0 <= event.mouse_x - region.x < region.width
            if inside_x and 0 <= event.mouse_y - region.y < region.height:
                # A sidebar lies over the view, and both contain the mouse.
                if region.type not in ("WINDOW", "HEADER", "TOOL_HEADER"):
                    return None
                over = region if region.type == "WINDOW" else over
        if over is not None:
            return over, area.spaces.active.region_3d
    return None


def spot_under_mouse(context: Any, event: Any) -> Any:
    """The surface under the mouse, else the ground, else a place as far as the 3D cursor.

    A vector; None over a sidebar or another editor.
    """
    found = view_under_mouse(context, event)
    if found is None:
        return None
    region, view = found
    mouse = (event.mouse_x - region.x, event.mouse_y - region.y)
    origin = view3d_utils.region_2d_to_origin_3d(region, view, mouse)
    way = view3d_utils.region_2d_to_vector_3d(region, view, mouse)
    graph = context.evaluated_depsgraph_get()
    hit, place, *_ = context.scene.ray_cast(graph, origin, way)
    if hit:
        return place
    if abs(way.z) > _FAR and (along := -origin.z / way.z) > 0:
        return origin + way * along
    near = context.scene.cursor.location
    return Vector(view3d_utils.region_2d_to_location_3d(region, view, mouse, near))
