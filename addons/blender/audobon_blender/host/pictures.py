# SPDX-License-Identifier: GPL-3.0-or-later
"""Images in the scene: as a plane, a reference, a texture, the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from .placing import Spot, matrix_of, select

__all__ = ["World", "image_of", "material_of", "put_several", "use_image"]


@dataclass(frozen=True)
class World:
    """How surroundings are turned, in radians, and how bright they are."""

    turn: float = 0.0
    strength: float = 1.0


def image_of(path: str, *, data: bool = False) -> Any:
    """A picture of the disk, the same one where it is here already. RuntimeError when unreadable.

    With ``data`` its values are no colours. One that is used as the other kind stays as it is.
    """
    image = bpy.data.images.load(path, check_existing=True)
    if data and image.users and not image.colorspace_settings.is_data:
        image = bpy.data.images.load(path)
    if data:
        image.colorspace_settings.is_data = True
    return image


def use_image(
    context: Any, image: Any, use: str, world: World | None = None, spot: Any = None
) -> str:
    """Put an image to use as ``plane``, ``empty`` (a reference), ``texture`` or ``world``.

    What has a place goes to ``spot``, without one to the 3D cursor. Gives the
    name of what was made. RuntimeError where it cannot be used so.
    """
    if use == "world":
        return str(_world(context, image, world or World()).name)
    if use == "texture":
        return str(_texture(context, image).name)
    made = _plane(image) if use == "plane" else _reference(image)
    (context.collection or context.scene.collection).objects.link(made)
    made.location = context.scene.cursor.location if spot is None else spot
    select(context, [made])
    return str(made.name)


def put_several(context: Any, image: Any, spots: Sequence[Spot], *, reference: bool) -> list[Any]:
    """One plane or reference at each spot, as what was made; they share what they show."""
    first = _reference(image) if reference else _plane(image)
    made = [first, *(first.copy() for _ in spots[1:])]
    for one, spot in zip(made, spots, strict=True):
        (context.collection or context.scene.collection).objects.link(one)
        one.matrix_world = matrix_of(spot, (0, 0, 0)) @ one.matrix_basis
    return made


def _plane(image: Any) -> Any:
    """An object in no scene yet: a standing plane of the picture's proportions, one unit high."""
    width = image.size[0] / max(1, image.size[1]) / 2
    corners = [(-width, 0, 0), (width, 0, 0), (width, 0, 1), (-width, 0, 1)]
    mesh = bpy.data.meshes.new(image.name)
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    layer = mesh.uv_layers.new(name="UVMap")
    for loop, place in zip(layer.data, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        loop.uv = place
    mesh.materials.append(material_of(image))
    return bpy.data.objects.new(image.name, mesh)


def material_of(image: Any) -> Any:
    """A new material with the picture as its colour."""
    material = bpy.data.materials.new(image.name)
    material.use_nodes = True
    node, shader = _image_node(material.node_tree, image), _shader(material.node_tree)
    if shader is not None:
        links = material.node_tree.links
        links.new(node.outputs["Color"], shader.inputs["Base Color"])
        links.new(node.outputs["Alpha"], shader.inputs["Alpha"])
        node.location = (shader.location.x - 320, shader.location.y)
    if hasattr(material, "blend_method"):
        material.blend_method = "HASHED"  # for the old EEVEE; the new one knows by itself
    return material


def _image_node(tree: Any, image: Any) -> Any:
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return node


def _shader(tree: Any) -> Any:
    return next((node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"), None)


def _reference(image: Any) -> Any:
    """An object in no scene yet: the picture, standing, seen from the front, never rendered."""
    made = bpy.data.objects.new(image.name, None)
    made.empty_display_type = "IMAGE"
    made.data = image
    made.empty_display_size = 2
    made.rotation_euler = (1.5707963, 0, 0)
    return made


def _texture(context: Any, image: Any) -> Any:
    """A node in the active object's material, wired to the colour where nothing is; the image."""
    active = context.active_object
    material = None if active is None else active.active_material
    if material is None:
        if active is None or not hasattr(active.data, "materials"):
            raise RuntimeError("choose an object that can have a material first")
        material = material_of(image)
        active.data.materials.append(material)
        return image
    material.use_nodes = True
    tree = material.node_tree
    node, shader = _image_node(tree, image), _shader(tree)
    if shader is not None:
        node.location = (shader.location.x - 320, shader.location.y)
        if not shader.inputs["Base Color"].is_linked:
            tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    tree.nodes.active = node
    return image


def _world(context: Any, image: Any, how: World) -> Any:
    """A new world that is lit by the picture; the one before stays in the file."""
    world = bpy.data.worlds.new(image.name)
    world.use_nodes = True
    tree = world.node_tree
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    background.inputs["Strength"].default_value = how.strength
    before = background
    kinds = ("ShaderNodeTexEnvironment", "ShaderNodeMapping", "ShaderNodeTexCoord")
    picture, mapping, place = (tree.nodes.new(kind) for kind in kinds)
    for node in (picture, mapping, place):
        node.location = (before.location.x - 300, background.location.y)
        before = node
    picture.image = image
    mapping.inputs["Rotation"].default_value[2] = how.turn
    tree.links.new(place.outputs["Generated"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], picture.inputs["Vector"])
    tree.links.new(picture.outputs["Color"], background.inputs["Color"])
    context.scene.world = world
    return world
