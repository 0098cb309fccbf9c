# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of objects: whole slots of them, and single faces."""

from __future__ import annotations

from typing import Any

import bpy

from ..logic.using import Pick
from .bringing import bring

__all__ = ["can_have", "give", "of_file", "target"]


def of_file(path: str, pick: Pick, how: str) -> Any:
    """The material of another file; None where it has gone from there. OSError, RuntimeError."""
    found, _ = bring(path, pick, how)
    return found[0] if found else None


def can_have(thing: Any) -> bool:
    """Whether an object of this file can have materials of its own."""
    own = thing.library is None and hasattr(thing.data, "materials")
    return own and thing.data.library is None


def target(context: Any, name: str) -> Any:
    """The object of this name, else the active one. RuntimeError where it can have none."""
    thing = bpy.data.objects.get(name) if name else context.active_object
    if thing is None or not hasattr(thing.data, "materials"):
        raise RuntimeError("choose an object that can have a material first")
    if thing.library is not None or thing.data.library is not None:
        raise RuntimeError(f"{thing.name} is linked from another file; make it local first")
    return thing


def give(thing: Any, material: Any, *, slot: int = -1, face: int = -1) -> None:
    """Give a slot of an object a material, or one face of its mesh alone.

    A slot of -1 is the active one. RuntimeError for a face that is not there.
    """
    if face >= 0:
        _face(thing, material, face)
    elif not thing.material_slots:
        thing.data.materials.append(material)
    else:
        number = thing.active_material_index if slot < 0 else slot
        thing.material_slots[min(number, len(thing.material_slots) - 1)].material = material


def _face(thing: Any, material: Any, number: int) -> None:
    mesh = thing.data
    if not isinstance(mesh, bpy.types.Mesh) or number >= len(mesh.polygons):
        raise RuntimeError(f"{thing.name} has no face {number}")
    if not mesh.materials:
        mesh.materials.append(None)  # for the other faces, which stay as they are
    known = next((n for n, one in enumerate(mesh.materials) if one == material), None)
    if known is None:
        mesh.materials.append(material)
        known = len(mesh.materials) - 1
    mesh.polygons[number].material_index = known
    mesh.update()
