"""Scenes that a real Blender makes and edits. Runs inside Blender, as a script:

``blender -b --factory-startup --python scenes.py -- FOLDER hero|props MB NUMBER plain|zstd``

Writes ``FOLDER/hero_NUMBER.blend``, uncompressed or in Blender's own
compression. Number 1 is new; each other is the one before it, opened by this
session and edited a little: one object moved, a fiftieth of a mesh sculpted,
one object added. Addresses in the files are the heap's, so their bytes differ
from run to run; their contents do not.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy  # type: ignore[import-not-found]
import numpy as np

GRID = 250  # subdivisions a side: 62,500 vertices, 7.5 MB of mesh with its UV map
GRID_MB = 8.26  # such a mesh in a file of Blender 3.4, measured
PROP_KB = 4.9  # a cube with mesh, material slot and its object, likewise


def empty() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def displace(mesh: object, seed: int, start: int, count: int) -> None:
    """Noise on ``count`` vertices from ``start`` on."""
    vertices = mesh.vertices  # type: ignore[attr-defined]
    held = np.empty(len(vertices) * 3, np.float32)
    vertices.foreach_get("co", held)
    count = min(count, len(vertices) - start)
    noise = np.random.default_rng(seed).normal(0, 0.01, count * 3)
    held[start * 3 : (start + count) * 3] += noise.astype(np.float32)
    vertices.foreach_set("co", held)


def make_hero(size_mb: float) -> None:
    for number in range(max(1, round(size_mb / GRID_MB))):
        bpy.ops.mesh.primitive_grid_add(
            x_subdivisions=GRID, y_subdivisions=GRID, location=(3 * number, 0, 0)
        )
        mesh = bpy.context.object.data
        displace(mesh, number, 0, len(mesh.vertices))


def make_props(size_mb: float) -> None:
    bpy.ops.mesh.primitive_cube_add()
    model = bpy.context.object
    for number in range(max(1, round(size_mb * 1000 / PROP_KB))):
        thing = model.copy()
        thing.data = model.data.copy()
        thing.location = (number % 100, number // 100, 0)
        bpy.context.collection.objects.link(thing)


def edit(number: int) -> None:
    """The work of session ``number``."""
    objects = [thing for thing in bpy.data.objects if thing.type == "MESH"]
    objects[number % len(objects)].location.z += 0.1
    mesh = objects[number * 5 % len(objects)].data
    width = max(1, len(mesh.vertices) // 50)
    displace(mesh, 1000 + number, number * width % len(mesh.vertices), width)
    bpy.ops.mesh.primitive_cube_add(location=(0, 0, 5 + number))


def save(path: Path, *, compress: bool) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=compress)


def main() -> None:
    words = sys.argv[sys.argv.index("--") + 1 :]
    folder = Path(words[0])
    name, size_mb, number, form = words[1], float(words[2]), int(words[3]), words[4]
    bpy.context.preferences.filepaths.save_version = 0
    if number == 1:
        empty()
        (make_hero if name == "hero" else make_props)(size_mb)
    else:
        bpy.ops.wm.open_mainfile(filepath=str(folder / f"{name}_{number - 1}.blend"))
        edit(number)
    save(folder / f"{name}_{number}.blend", compress=form == "zstd")


if __name__ == "__main__":
    main()
