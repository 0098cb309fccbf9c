# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects and collections of other files at places of the open scene."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
from mathutils import Matrix, Vector

from ..logic.laying import Lay
from ..logic.using import LINK

__all__ = ["Spot", "at_cursor", "matrix_of", "put", "select", "spots_of"]

_BOXLESS = {"EMPTY", "LIGHT", "CAMERA", "SPEAKER", "LIGHT_PROBE", "ARMATURE"}
# What cannot stand on anything.
_FLAT = 1e-6


@dataclass(frozen=True)
class Spot:
    """Where something goes: with its lowest point where it is ``standing``, else with its origin.

    ``up`` is the way that its own z axis takes, ``turn`` in radians is about it.
    """

    place: Any
    up: Any
    turn: float = 0.0
    scale: float = 1.0
    standing: bool = True


def at_cursor(context: Any) -> Spot:
    return Spot(context.scene.cursor.location.copy(), Vector((0, 0, 1)), standing=False)


def spots_of(lays: Iterable[Lay], *, align: bool = True) -> list[Spot]:
    """Standing spots; without ``align`` all are upright."""
    up = (0.0, 0.0, 1.0)
    return [
        Spot(Vector(one.place), Vector(one.up if align else up), one.turn, one.scale)
        for one in lays
    ]


def matrix_of(spot: Spot, anchor: Any) -> Any:
    """From the coordinates of the asset's own file to the scene: ``anchor`` comes to the spot."""
    tilt = Vector((0, 0, 1)).rotation_difference(spot.up).to_matrix().to_4x4()
    turn = Matrix.Rotation(spot.turn, 4, "Z")
    away = Matrix.Translation(-Vector(anchor))
    return Matrix.Translation(spot.place) @ tilt @ turn @ Matrix.Scale(spot.scale, 4) @ away


def put(
    context: Any, found: Sequence[Any], kind: str, *, how: str, name: str, spots: Sequence[Spot]
) -> list[Any]:
    """One copy of ``found`` (all of them together) at each spot; what was made.

    ``kind`` is objects or collections. Copies share their meshes. What is
    linked comes as an instance for each spot.
    """
    if not found:
        return []
    if how == LINK:
        return _instances(context, found, kind, name, spots)
    if kind == "collections":
        for collection in found:
            context.scene.collection.children.link(collection)
        objects = list({one: None for group in found for one in group.all_objects})
    else:
        objects = list(found)
        target = context.collection or context.scene.collection
        for one in objects:
            target.objects.link(one)
    context.view_layer.update()  # what has just come has no place in the world before
    anchors = _anchors(objects)
    made = []
    # Copies first: the originals have not been moved yet.
    for spot in spots[1:]:
        made += _moved(_copies(objects), spot, anchors)
    return _moved(objects, spots[0], anchors) + made if spots else []


def select(context: Any, made: Sequence[Any], *, active: Any = None) -> None:
    """Select exactly these; the first of them, or another one, is active."""
    for one in context.selected_objects:
        one.select_set(False)
    shown = [one for one in made if one.name in context.view_layer.objects]
    for one in shown:
        one.select_set(True)
    if active is not None or shown:
        context.view_layer.objects.active = active or shown[0]


def _instances(
    context: Any, found: Sequence[Any], kind: str, name: str, spots: Sequence[Spot]
) -> list[Any]:
    """Linked objects cannot be moved, so an instance of a collection of them is placed."""
    if kind == "collections" and len(found) == 1:
        holder = found[0]
    else:
        holder = bpy.data.collections.new(name)
        for one in found:
            (holder.children if kind == "collections" else holder.objects).link(one)
    target = context.collection or context.scene.collection
    made: list[Any] = []
    for _ in spots:
        empty = bpy.data.objects.new(holder.name, None)
        empty.instance_type = "COLLECTION"
        empty.instance_collection = holder
        empty.empty_display_size = 0.5
        target.objects.link(empty)
        made.append(empty)
    context.view_layer.update()
    anchors = _anchors(list(holder.all_objects))
    if holder.library is None:
        holder.instance_offset = anchors[0]  # else the instance is far from what it shows
    offset = Matrix.Translation(holder.instance_offset)
    for empty, spot in zip(made, spots, strict=True):
        anchor = anchors[1] if spot.standing else anchors[0]
        empty.matrix_world = matrix_of(spot, anchor) @ offset
    return made


def _anchors(objects: Sequence[Any]) -> tuple[Any, Any]:
    """The middle of the origins of what is nobody's child: at their height, and at the lowest."""
    inside = set(objects)
    places = [one.matrix_world.translation for one in objects if one.parent not in inside]
    middle = sum(places, Vector()) / max(1, len(places))
    middle.z = min((place.z for place in places), default=0.0)
    lowest = _lowest(objects)
    return middle, middle if lowest is None else Vector((middle.x, middle.y, lowest))


def _lowest(objects: Iterable[Any]) -> float | None:
    """How far down their boxes reach; None where nothing has one."""
    found = []
    for one in objects:
        inner = one.instance_collection
        for part in [one] if inner is None else list(inner.all_objects):
            world = part.matrix_world
            if inner is not None:
                world = one.matrix_world @ Matrix.Translation(-inner.instance_offset) @ world
            if part.type not in _BOXLESS:
                found += [(world @ Vector(corner)).z for corner in part.bound_box]
    return min(found, default=None)


def _moved(objects: Sequence[Any], spot: Spot, anchors: tuple[Any, Any]) -> list[Any]:
    """Move what has no parent among them; the others follow."""
    anchor = anchors[1] if spot.standing else anchors[0]
    upright = (spot.up - Vector((0, 0, 1))).length < _FLAT
    inside = set(objects)
    for one in objects:
        if one.parent in inside:
            continue
        plain = upright and not spot.turn and math.isclose(spot.scale, 1.0)
        if plain and one.parent is None:
            one.location += spot.place - anchor  # as exact as it can be
        else:
            one.matrix_world = matrix_of(spot, anchor) @ one.matrix_world
    return list(objects)


def _copies(objects: Sequence[Any]) -> list[Any]:
    """Copies that share data, in the same collections, and mean each other where these did."""
    twins = {one: one.copy() for one in objects}
    for one, twin in twins.items():
        for collection in one.users_collection:
            collection.objects.link(twin)
        if one.parent in twins:
            inverse = one.matrix_parent_inverse.copy()
            twin.parent = twins[one.parent]
            twin.matrix_parent_inverse = inverse
        for part in (*twin.modifiers, *twin.constraints):
            _mean_twins(part, twins)
        drivers = twin.animation_data.drivers if twin.animation_data else ()
        for target in (t for d in drivers for v in d.driver.variables for t in v.targets):
            if target.id in twins:
                target.id = twins[target.id]
    return list(twins.values())


def _mean_twins(part: Any, twins: dict[Any, Any]) -> None:
    for one in part.bl_rna.properties:
        if one.type == "POINTER" and not one.is_readonly:
            value = getattr(part, one.identifier)
            if isinstance(value, bpy.types.Object) and value in twins:
                setattr(part, one.identifier, twins[value])
