# SPDX-License-Identifier: GPL-3.0-or-later
"""Data of other .blend files in the open one: listed, appended, linked, placed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

from ..logic.using import KINDS, Contents, Pick

__all__ = ["contents", "take"]

_BOXLESS = {"EMPTY", "LIGHT", "CAMERA", "SPEAKER", "LIGHT_PROBE", "ARMATURE"}
# What cannot stand on anything.


@dataclass(frozen=True)
class Spot:
    """Where something goes: its origin there, or its lowest point."""

    place: Any
    standing: bool


def contents(path: str) -> Contents:
    """What the file holds; only its index of names is read. OSError when it cannot be."""

    def names(marked: bool) -> dict[str, tuple[str, ...]]:
        with bpy.data.libraries.load(path, link=True, assets_only=marked) as (there, _):
            return {kind: tuple(getattr(there, kind)) for kind in KINDS}

    try:
        return Contents(names(marked=False), names(marked=True))
    finally:
        _drop_unused_library(path)


def take(
    context: Any, path: str, pick: Pick, *, link: bool, name: str, at: Any = None
) -> list[str]:
    """Append or link things of a file and put them to use; the names they have here.

    Objects and collections stand on the place ``at``, or have their origin at
    the 3D cursor (linked ones as an instance), a material to the active object, a world to
    the scene, a node group is only loaded.
    """
    cursor = context.scene.cursor.location
    place = Spot(cursor.copy(), standing=False) if at is None else Spot(Vector(at), standing=True)
    with bpy.data.libraries.load(path, link=link, relative=bool(bpy.data.filepath)) as (
        there,
        here,
    ):
        known = set(getattr(there, pick.kind))
        setattr(here, pick.kind, [each for each in pick.names if each in known])
    found = [each for each in getattr(here, pick.kind) if each is not None]
    if pick.kind == "objects":
        _objects(context, found, place, link=link, name=name)
    elif pick.kind == "collections":
        for collection in found:
            _collection(context, collection, place, link=link)
    elif pick.kind == "materials" and found:
        _material(context, found[0])
    elif pick.kind == "worlds" and found:
        context.scene.world = found[0]
    if not link:
        _clear_marks(found)
    return [each.name for each in found]


def _objects(context: Any, objects: list[Any], at: Spot, *, link: bool, name: str) -> None:
    if link:
        # Linked objects cannot be moved, so an instance of a collection of them is placed.
        holder = bpy.data.collections.new(name)
        for each in objects:
            holder.objects.link(each)
        _instance(context, holder, at)
        return
    target = context.collection or context.scene.collection
    for each in objects:
        target.objects.link(each)
    _place(context, objects, at)


def _collection(context: Any, collection: Any, at: Spot, *, link: bool) -> None:
    if link:
        _instance(context, collection, at)
        return
    context.scene.collection.children.link(collection)
    _place(context, collection.all_objects, at)


def _instance(context: Any, collection: Any, at: Spot) -> None:
    empty = bpy.data.objects.new(collection.name, None)
    empty.instance_type = "COLLECTION"
    empty.instance_collection = collection
    empty.empty_display_size = 0.5
    (context.collection or context.scene.collection).objects.link(empty)
    _place(context, [empty], at)


def _place(context: Any, objects: Iterable[Any], at: Spot) -> None:
    """Move what has no parent among them to a place, and select all.

    The middle of their origins goes there; on a surface they stand on it.
    """
    objects = list(objects)
    roots = [each for each in objects if each.parent not in objects]
    if roots:
        context.view_layer.update()  # what has just come has no place in the world before
        middle = sum((each.location for each in roots), Vector()) / len(roots)
        lowest = _lowest(objects) if at.standing else None
        middle.z = min(each.location.z for each in roots) if lowest is None else lowest
        shift = at.place - middle
        for each in roots:
            each.location += shift
    for each in context.selected_objects:
        each.select_set(False)
    shown = [each for each in objects if each.name in context.view_layer.objects]
    for each in shown:
        each.select_set(True)
    if shown:
        context.view_layer.objects.active = shown[0]


def _lowest(objects: Iterable[Any]) -> float | None:
    """How far down their boxes reach in the world; None where nothing has one."""
    found = []
    for each in objects:
        inner = each.instance_collection
        for part in [each] if inner is None else list(inner.all_objects):
            world = part.matrix_world if inner is None else each.matrix_world @ part.matrix_world
            if part.type not in _BOXLESS:
                found += [(world @ Vector(corner)).z for corner in part.bound_box]
    return min(found, default=None)


def _material(context: Any, material: Any) -> None:
    active = context.active_object
    if active is None or not hasattr(active.data, "materials"):
        material.use_fake_user = True  # nothing to give it to: it must survive saving
        return
    if active.material_slots:
        active.material_slots[active.active_material_index].material = material
    else:
        active.data.materials.append(material)


def _clear_marks(found: Iterable[Any]) -> None:
    """A copy is no asset: else Blender's own browser would show this file's copy as well."""
    for each in found:
        if each.asset_data is not None:
            each.asset_clear()


def _drop_unused_library(path: str) -> None:
    """Listing names may leave an empty entry for the file; a scene that links it keeps its own."""
    for library in list(bpy.data.libraries):
        same = Path(bpy.path.abspath(library.filepath)) == Path(path)
        if same and not library.users_id:
            bpy.data.libraries.remove(library)
