# SPDX-License-Identifier: GPL-3.0-or-later
"""What another .blend file holds, and each kind of it put to use in the open one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..logic.using import KINDS, LINK, Contents, Pick
from . import placing
from .bringing import bring

__all__ = ["Taken", "contents", "take"]


@dataclass(frozen=True)
class Taken:
    """The names that things have here, the objects that were made, and files that are missing."""

    names: list[str]
    objects: list[Any]
    missing: list[str]


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
    context: Any,
    path: str,
    pick: Pick,
    *,
    how: str,
    name: str,
    spots: Sequence[placing.Spot] = (),
) -> Taken:
    """Bring things of a file in and put them to use.

    Objects and collections go to the spots, without any to the 3D cursor
    (linked ones as an instance); a material to the active object, a world to
    the scene, a node group is only loaded.
    """
    found, missing = bring(path, pick, how)
    made = []
    if pick.kind in ("objects", "collections"):
        where = list(spots) or [placing.at_cursor(context)]
        made = placing.put(context, found, pick.kind, how=how, name=name, spots=where)
        placing.select(context, made)
    elif pick.kind == "materials" and found:
        _material(context, found[0])
    elif pick.kind == "worlds" and found:
        context.scene.world = found[0]
    elif how != LINK:
        for one in found:
            one.use_fake_user = True  # nothing uses it yet: it must survive saving
    return Taken([one.name for one in found], made, missing)


def _material(context: Any, material: Any) -> None:
    active = context.active_object
    if active is None or not hasattr(active.data, "materials"):
        material.use_fake_user = True  # nothing to give it to: it must survive saving
        return
    if active.material_slots:
        active.material_slots[active.active_material_index].material = material
    else:
        active.data.materials.append(material)


def _drop_unused_library(path: str) -> None:
    """Listing names may leave an empty entry for the file; a scene that links it keeps its own."""
    for library in list(bpy.data.libraries):
        same = Path(bpy.path.abspath(library.filepath)) == Path(path)
        if same and not library.users_id:
            bpy.data.libraries.remove(library)
