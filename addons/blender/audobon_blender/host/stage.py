# SPDX-License-Identifier: GPL-3.0-or-later
"""What an asset looks like, by what it is: rendered by Cycles, or drawn where nothing can be.

Loaded by ``portrait.py`` in a Blender of its own; imports nothing of the add-on.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

__all__ = ["picture"]

_SAMPLES = 16
# With denoising off, a picture of 256 pixels takes half a second and shows no grain that matters.
_VIEW = Vector((0.62, -1.0, 0.55)).normalized()
_MARGIN = 0.08  # so that nothing touches the edge of the picture
_SOLID = {"MESH", "CURVE", "SURFACE", "META", "FONT", "VOLUME", "CURVES", "POINTCLOUD"}
_UNSEEN = {"LIGHT", "CAMERA"}
_STEPS = 96  # points of a curve that is drawn
_LARGEST = 4096 * 4096
# Pixels of an image that is read here, which takes a second and 1 GB.


def picture(block: Any, kind: str, size: int, sketch: Any) -> list[float] | None:
    """RGBA of a square picture from bottom to top, None where there is nothing to be seen."""
    scene = bpy.context.scene
    if kind == "file":
        return _rendered(scene, list(scene.objects), size, own_light=True)
    if kind in {"collections", "objects"}:
        return _things(scene, block, size)
    if kind == "materials":
        _light(scene)
        return _rendered(scene, [_ball(block)], size)
    if kind == "worlds":
        return _world(scene, block, size)
    if kind == "node_groups":
        return _group(scene, block, size) or _nodes(block, size, sketch)
    if kind == "brushes":
        return _brush(block, size, sketch)
    if kind == "actions":
        curves = [_points(curve) for curve in _fcurves(block)]
        return list(sketch.curves_picture(size, curves)) if curves else None
    return None


def _things(scene: Any, block: Any, size: int) -> list[float] | None:
    if isinstance(block, bpy.types.Collection):
        scene.collection.children.link(block)
    else:
        scene.collection.objects.link(block)
    _light(scene)
    return _rendered(scene, list(scene.objects), size)


def _world(scene: Any, world: Any, size: int) -> list[float] | None:
    """A mirror and a matt ball in it, with the world behind them."""
    scene.world = world
    scene.render.film_transparent = False
    balls, across = [], _VIEW.cross(Vector((0, 0, 1))).normalized()
    for place, metal, rough in ((1.1, 1.0, 0.03), (-1.1, 0.0, 0.9)):
        material = bpy.data.materials.new("ball")
        material.use_nodes = True
        surface = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
        surface.inputs["Metallic"].default_value = metal
        surface.inputs["Roughness"].default_value = rough
        ball = _ball(material)
        ball.location = across * place
        balls.append(ball)
    return _rendered(scene, balls, size, clear=False)


def _group(scene: Any, group: Any, size: int) -> list[float] | None:
    """What a group does to a shape or to a surface; None where that cannot be shown."""
    _light(scene)
    if group.bl_idname == "GeometryNodeTree":
        bpy.ops.mesh.primitive_monkey_add()
        head = bpy.context.object
        head.modifiers.new("group", "NODES").node_group = group
        graph = bpy.context.evaluated_depsgraph_get()
        graph.update()
        shape = head.evaluated_get(graph)
        solid = shape.type == "MESH" and len(shape.data.polygons) > 0
        placed = any(each.parent == shape for each in graph.object_instances if each.is_instance)
        return _rendered(scene, [head], size) if solid or placed else None
    if group.bl_idname != "ShaderNodeTree":
        return None
    material = bpy.data.materials.new("group")
    material.use_nodes = True
    tree = material.node_tree
    node = tree.nodes.new("ShaderNodeGroup")
    node.node_tree = group
    end = next(each for each in tree.nodes if each.type == "OUTPUT_MATERIAL")
    surface = next(each for each in tree.nodes if each.type == "BSDF_PRINCIPLED")
    shader = next((each for each in node.outputs if each.type == "SHADER"), None)
    color = next((each for each in node.outputs if each.type in {"RGBA", "VALUE"}), None)
    if shader is not None:
        tree.links.new(shader, end.inputs["Surface"])
    elif color is not None:
        tree.links.new(color, surface.inputs["Base Color"])
    else:
        return None
    return _rendered(scene, [_ball(material)], size)


def _nodes(group: Any, size: int, sketch: Any) -> list[float] | None:
    places = {node.name: _place(node) for node in group.nodes if node.type != "FRAME"}
    boxes = [
        (x, y - 100.0, max(node.width, 60.0), 100.0, node.bl_idname)
        for node in group.nodes
        if node.type != "FRAME"
        for x, y in [places[node.name]]
    ]
    links = []
    for link in group.links:
        x, y = places[link.from_node.name]
        end = places[link.to_node.name]
        links.append(((x + link.from_node.width, y - 50.0), (end[0], end[1] - 50.0)))
    return list(sketch.nodes_picture(size, boxes, links)) if boxes else None


def _place(node: Any) -> tuple[float, float]:
    """Where a node stands; one in a frame is placed from there."""
    x, y = node.location
    while node.parent is not None:
        node = node.parent
        x, y = x + node.location[0], y + node.location[1]
    return float(x), float(y)


def _brush(brush: Any, size: int, sketch: Any) -> list[float]:
    """Its texture, else its own icon, else how its strength falls off."""
    for texture in (brush.texture, getattr(brush, "mask_texture", None)):
        found = _image(getattr(texture, "image", None), size, sketch)
        if found is not None:
            return found
    path = bpy.path.abspath(getattr(brush, "icon_filepath", ""))
    if os.path.isfile(path):
        found = _image(bpy.data.images.load(path), size, sketch)
        if found is not None:
            return found
    curve = getattr(brush, "curve_distance_falloff", None) or getattr(brush, "curve", None)
    values = [(1 - step / 32) ** 2 * (1 + 2 * step / 32) for step in range(33)]
    if curve is not None and len(curve.curves) and brush.curve_preset == "CUSTOM":
        curve.initialize()
        values = [curve.evaluate(curve.curves[0], step / 32) for step in range(33)]
    return list(sketch.falloff_picture(size, values))


def _image(image: Any, size: int, sketch: Any) -> list[float] | None:
    if image is None or not len(image.pixels):
        return None
    width, height = image.size
    if not 0 < width * height <= _LARGEST or image.channels != 4:
        return None
    pixels = [0.0] * (width * height * 4)
    image.pixels.foreach_get(pixels)
    return list(sketch.resampled(pixels, width, height, size))


def _fcurves(action: Any) -> list[Any]:
    """All curves of an action, also where they lie in layers (4.4 and newer)."""
    layers = getattr(action, "layers", ())
    found = [
        curve
        for layer in layers
        for strip in layer.strips
        for bag in getattr(strip, "channelbags", ())
        for curve in bag.fcurves
    ]
    return found or list(getattr(action, "fcurves", ()))


def _points(curve: Any) -> list[tuple[float, float]]:
    first, last = curve.range()
    step = max(last - first, 1.0) / _STEPS
    frames = [first + step * number for number in range(_STEPS + 1)]
    return [(frame, curve.evaluate(frame)) for frame in frames]


def _ball(material: Any) -> Any:
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32)
    ball = bpy.context.object
    bpy.ops.object.shade_smooth()
    ball.data.materials.append(material)
    return ball


def _light(scene: Any) -> None:
    world = bpy.data.worlds.new("light")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.8
    sun = bpy.data.lights.new("sun", "SUN")
    sun.energy, sun.angle = 3.0, 0.2
    lamp = bpy.data.objects.new("sun", sun)
    lamp.rotation_euler = (0.7, 0.25, 0.5)
    scene.collection.objects.link(lamp)
    scene.world = world


def _rendered(
    scene: Any, objects: list[Any], size: int, *, own_light: bool = False, clear: bool = True
) -> list[float] | None:
    """Render what is seen of these; with ``own_light`` by the scene's camera, if it has one."""
    subject = [each for each in objects if each.type in _SOLID or each.instance_collection]
    subject = subject or [each for each in objects if each.type not in _UNSEEN]
    if not subject:
        return None
    if own_light and not any(each.type == "LIGHT" for each in objects) and scene.world is None:
        _light(scene)
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.frame_set(scene.frame_current)  # what is animated goes where it will be
    if not own_light or scene.camera is None:
        _camera(scene, subject)
    scene.render.film_transparent = clear and not own_light
    folder = tempfile.mkdtemp(prefix="audobon-")
    path = os.path.join(folder, "picture.png")
    try:
        _render(scene, path)
        return _pixels(path, size)
    finally:
        if os.path.exists(path):
            os.unlink(path)
        Path(folder).rmdir()


def _camera(scene: Any, subject: list[Any]) -> None:
    """A camera that sees all of it, and little else."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    shapes = [each.evaluated_get(graph) for each in subject]
    corners = [each.matrix_world @ Vector(corner) for each in shapes for corner in each.bound_box]
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
    scene.render.use_compositing = scene.render.use_sequencer = False
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
