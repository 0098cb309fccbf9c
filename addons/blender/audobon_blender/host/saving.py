# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the open file, and all of it, written as files of their own."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

__all__ = [
    "at_hand",
    "blender_command",
    "block_named",
    "blocks",
    "open_file",
    "save_open_file",
    "write_block",
    "write_file",
    "write_objects",
]

_FOLDER = Path(__file__).parent


def open_file() -> str:
    """The path of the open file, empty while it was never saved."""
    return str(bpy.data.filepath)


def save_open_file() -> None:
    """Save the open file where it lies. Always: Blender does not notice what scripts changed."""
    bpy.ops.wm.save_mainfile()


def blocks() -> Any:
    """What a field that searches for data by name looks in."""
    return bpy.data


def block_named(kind: str, name: str) -> Any:
    """Data of the open file by its list in ``bpy.data`` and its name, None where there is none."""
    return getattr(bpy.data, kind).get(name)


def at_hand(context: Any, kind: str) -> str:
    """The name of what is meant when none is given: what is active; empty where nothing is."""
    active = context.active_object
    found = None
    if kind == "collections":
        found = context.collection
        found = None if found == context.scene.collection else found
    elif kind == "materials":
        found = None if active is None else active.active_material
    elif kind == "worlds":
        found = context.scene.world
    elif kind == "node_groups":
        found = _group_of(active)
    elif kind == "actions":
        moved = None if active is None else active.animation_data
        found = None if moved is None else moved.action
    elif kind == "brushes":
        found = _brush_of(context)
    return "" if found is None else str(found.name)


def _group_of(active: Any) -> Any:
    """The group of the active object's geometry nodes, else one that its material uses."""
    if active is None:
        return None
    for modifier in active.modifiers:
        if modifier.type == "NODES" and modifier.node_group is not None:
            return modifier.node_group
    material = active.active_material
    tree = None if material is None else material.node_tree
    for node in () if tree is None else tree.nodes:
        if node.type == "GROUP" and node.node_tree is not None:
            return node.node_tree
    return None


def _brush_of(context: Any) -> Any:
    tools = context.tool_settings
    names = {
        "SCULPT": "sculpt",
        "PAINT_TEXTURE": "image_paint",
        "PAINT_VERTEX": "vertex_paint",
        "PAINT_WEIGHT": "weight_paint",
    }
    paint = getattr(tools, names.get(context.mode, "image_paint"), None)
    return None if paint is None else paint.brush


def write_objects(objects: Any, name: str, path: str) -> str:
    """Write objects as one collection that is marked as an asset; its name in the file.

    The open file stays as it is.
    """
    collection = bpy.data.collections.new(name)
    try:
        for each in objects:
            collection.objects.link(each)
        _write(collection, path)
        return str(collection.name)
    finally:
        bpy.data.collections.remove(collection)


def write_block(kind: str, name: str, path: str) -> str:
    """Write one piece of data that is marked as an asset; its name in the file.

    The open file stays as it is. LookupError when there is none of that name.
    """
    found = block_named(kind, name)
    if found is None:
        raise LookupError(f"{name} is not in this file any more")
    with _local(kind, found) as block:
        marked = block.asset_data is not None
        try:
            _write(block, path)
        finally:
            if not marked:
                block.asset_clear()
        return str(block.name)


@contextlib.contextmanager
def _local(kind: str, block: Any) -> Iterator[Any]:
    """The same, as a copy where it is linked: what is linked cannot be marked."""
    if block.library is None:
        yield block
        return
    copy = block.copy()
    try:
        yield copy
    finally:
        getattr(bpy.data, kind).remove(copy)


def write_file(path: str) -> None:
    """Write a copy of the open file as it is now, saved or not; it stays open where it lies."""
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True, compress=False, relative_remap=True)


def _write(block: Any, path: str) -> None:
    if block.asset_data is None:
        block.asset_mark()
    # Absolute, because the file is read from another place before it gets its own.
    bpy.data.libraries.write(path, {block}, path_remap="ABSOLUTE", fake_user=True, compress=False)


def blender_command(script: str = "portrait.py") -> list[str]:
    """What starts a Blender like this one for a script of ours; its job is the last argument."""
    program = bpy.app.binary_path
    if program:
        options = ["-b", "--factory-startup", "-Y", "--python-exit-code", "5"]
        return [program, *options, "--python", str(_FOLDER / script), "--"]
    return [sys.executable, str(_FOLDER / script)]  # bpy as a module of a Python
