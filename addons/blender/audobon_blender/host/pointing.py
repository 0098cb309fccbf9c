# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies under the mouse in a 3D view, and the surfaces of objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
from bpy_extras import view3d_utils
from mathutils import Vector

__all__ = ["Face", "Hit", "face_of", "hit_under_mouse", "surface_of", "view_under_mouse"]

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


@dataclass(frozen=True)
class Hit:
    """Where a ray meets something: the place, the way that the surface faces, and what it is.

    ``thing`` is the object, None on the ground; ``face`` the number of the
    face in its evaluated mesh. ``matrix`` is where the object lies, which is
    that of an instance where it is one.
    """

    place: Any
    normal: Any
    thing: Any = None
    face: int = -1
    matrix: Any = None


def hit_under_mouse(context: Any, event: Any) -> Hit | None:
    """The surface under the mouse, else the ground, else a place as far as the 3D cursor.

    None over a sidebar or another editor.
    """
    found = view_under_mouse(context, event)
    if found is None:
        return None
    region, view = found
    mouse = (event.mouse_x - region.x, event.mouse_y - region.y)
    origin = view3d_utils.region_2d_to_origin_3d(region, view, mouse)
    way = view3d_utils.region_2d_to_vector_3d(region, view, mouse)
    graph = context.evaluated_depsgraph_get()
    hit, place, normal, face, thing, matrix = context.scene.ray_cast(graph, origin, way)
    if hit:
        # The side that is seen: a thin wall may face the other way.
        return Hit(place, -normal if normal.dot(way) > 0 else normal, thing, face, matrix)
    up = Vector((0, 0, 1))
    if abs(way.z) > _FAR and (along := -origin.z / way.z) > 0:
        return Hit(origin + way * along, up)
    near = context.scene.cursor.location
    return Hit(Vector(view3d_utils.region_2d_to_location_3d(region, view, mouse, near)), up)


@dataclass(frozen=True)
class Face:
    """A face of an object: its corners in the world, its slot, and its number in the own mesh.

    ``number`` is -1 where modifiers have made the face.
    """

    corners: list[Any]
    slot: int
    number: int


def face_of(context: Any, hit: Hit) -> Face | None:
    """The face that was met; None where the object has no mesh."""
    if hit.thing is None or hit.face < 0:
        return None
    mesh = hit.thing.evaluated_get(context.evaluated_depsgraph_get()).data
    if not isinstance(mesh, bpy.types.Mesh) or hit.face >= len(mesh.polygons):
        return None
    face = mesh.polygons[hit.face]
    corners = [hit.matrix @ mesh.vertices[one].co for one in face.vertices]
    own = hit.thing.data
    same = isinstance(own, bpy.types.Mesh) and len(own.polygons) == len(mesh.polygons)
    return Face(corners, face.material_index, hit.face if same else -1)


def surface_of(context: Any, thing: Any) -> list[Any]:
    """The triangles of an object as it is seen, in the world; empty where it has no faces."""
    evaluated = thing.evaluated_get(context.evaluated_depsgraph_get())
    try:
        mesh = evaluated.to_mesh()
    except RuntimeError:
        return []  # a light or an empty
    try:
        mesh.calc_loop_triangles()
        at = [tuple(thing.matrix_world @ one.co) for one in mesh.vertices]
        return [tuple(at[n] for n in one.vertices) for one in mesh.loop_triangles]
    finally:
        evaluated.to_mesh_clear()
