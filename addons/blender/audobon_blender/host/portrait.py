# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a Blender of its own: render what a file's assets look like, and write it into them.

Called as a script with one argument of JSON: ``source`` is the file to read,
``target`` the one to write, ``pixels`` where the picture goes as raw RGBA
from bottom to top, ``size`` its side. Scripts inside the file are not run.
Cycles, because it needs no display and no graphics card.
"""

import json
import sys
from typing import Any

import bpy
from mathutils import Vector

_SAMPLES = 16
# With denoising off, a picture of 256 pixels takes half a second and shows no grain that matters.
_LISTS = ("collections", "objects", "materials", "worlds", "node_groups")
_VIEW = Vector((0.62, -1.0, 0.55)).normalized()
_MARGIN = 0.08  # so that nothing touches the edge of the picture


def main(job: dict[str, Any]) -> None:
    """Do the whole of it; what is wrong is raised."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    found = _load(job["source"])
    scene = bpy.context.scene
    _light(scene, found)
    subject = _show(scene, found)
    if subject:
        scene.render.resolution_x = scene.render.resolution_y = job["size"]
        _camera(scene, subject)
        _render(scene, job["target"] + ".png")
        pixels = _pixels(job["target"] + ".png", job["size"])
        for block in found:
            _give_preview(block, job["size"], pixels)
        with open(job["pixels"], "wb") as stream:
            stream.write(bytes(round(min(1.0, max(0.0, value)) * 255) for value in pixels))
    for block in found:
        block.use_fake_user = True
    if job.get("pack"):
        bpy.ops.file.pack_all()
    bpy.data.libraries.write(
        job["target"], set(found), path_remap="NONE" if job.get("pack") else "RELATIVE_ALL"
    )


def _load(path: str) -> list[Any]:
    with bpy.data.libraries.load(path, link=False, assets_only=True) as (there, here):
        for kind in _LISTS:
            setattr(here, kind, list(getattr(there, kind)))
    return [block for kind in _LISTS for block in getattr(here, kind)]


def _light(scene: Any, found: list[Any]) -> None:
    world = next((block for block in found if isinstance(block, bpy.types.World)), None)
    if world is None:
        world = bpy.data.worlds.new("light")
        world.use_nodes = True
        world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.8
        sun = bpy.data.lights.new("sun", "SUN")
        sun.energy, sun.angle = 3.0, 0.2
        lamp = bpy.data.objects.new("sun", sun)
        lamp.rotation_euler = (0.7, 0.25, 0.5)
        scene.collection.objects.link(lamp)
    scene.world = world


def _show(scene: Any, found: list[Any]) -> list[Any]:
    """Put the assets into the scene; what the camera is to see."""
    for block in found:
        if isinstance(block, bpy.types.Collection):
            scene.collection.children.link(block)
        elif isinstance(block, bpy.types.Object):
            scene.collection.objects.link(block)
    surfaces = (bpy.types.Material, bpy.types.World)
    surface = next((block for block in found if isinstance(block, surfaces)), None)
    if surface is not None:
        bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32)
        ball = bpy.context.object
        bpy.ops.object.shade_smooth()
        if isinstance(surface, bpy.types.Material):
            ball.data.materials.append(surface)
    kinds = {"MESH", "CURVE", "SURFACE", "META", "FONT", "VOLUME", "CURVES", "POINTCLOUD"}
    shown = [each for each in scene.objects if each.type in kinds or each.instance_collection]
    return shown or [each for each in scene.objects if each.type not in {"LIGHT", "CAMERA"}]


def _camera(scene: Any, subject: list[Any]) -> None:
    """A camera that sees all of it, and little else."""
    bpy.context.view_layer.update()
    corners = [each.matrix_world @ Vector(corner) for each in subject for corner in each.bound_box]
    data = bpy.data.cameras.new("camera")
    camera = bpy.data.objects.new("camera", data)
    camera.rotation_euler = _VIEW.to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    places = [value for corner in corners for value in corner]
    camera.location = Vector(camera.camera_fit_coords(graph, places)[0])
    middle = sum(corners, Vector()) / len(corners)
    distance = max((camera.location - middle).length, 1e-4)
    camera.location += _VIEW * distance * _MARGIN
    data.clip_start, data.clip_end = distance / 1000, distance * 10


def _render(scene: Any, path: str) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.samples = _SAMPLES
    scene.cycles.use_denoising = False
    scene.render.resolution_percentage = 100
    scene.render.film_transparent = True
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def _pixels(path: str, size: int) -> list[float]:
    image = bpy.data.images.load(path)
    image.alpha_mode = "STRAIGHT"
    image.colorspace_settings.name = "Non-Color"  # the values as they stand in the file
    pixels = [0.0] * (size * size * 4)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels


def _give_preview(block: Any, size: int, pixels: list[float]) -> None:
    preview = block.preview_ensure()
    if preview is not None:
        preview.image_size = (size, size)
        preview.image_pixels_float.foreach_set(pixels)


if __name__ == "__main__":
    main(json.loads(sys.argv[-1]))
