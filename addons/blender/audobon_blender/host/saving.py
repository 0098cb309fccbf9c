# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the open file written as files of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

__all__ = ["blender_command", "open_file", "save_open_file", "write_material", "write_objects"]

_FOLDER = Path(__file__).parent


def open_file() -> str:
    """The path of the open file, empty while it was never saved."""
    return str(bpy.data.filepath)


def save_open_file() -> None:
    """Save the open file where it lies. Always: Blender does not notice what scripts changed."""
    bpy.ops.wm.save_mainfile()


def write_objects(objects: Any, name: str, path: str) -> None:
    """Write objects as one collection that is marked as an asset; the open file stays as it is."""
    collection = bpy.data.collections.new(name)
    try:
        for each in objects:
            collection.objects.link(each)
        _write(collection, path)
    finally:
        bpy.data.collections.remove(collection)


def write_material(material: Any, path: str) -> None:
    """Write a material that is marked as an asset; the open file stays as it is."""
    marked = material.asset_data is not None
    try:
        _write(material, path)
    finally:
        if not marked:
            material.asset_clear()


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
