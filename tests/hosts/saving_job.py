"""Every kind of asset saved by the add-on's operators, in any Blender: run inside one.

``save(folder)`` makes a library there and saves; ``look(folder)`` is for another Blender, which
tells what it sees in the files.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import bpy

PATIENCE_S = 240.0
KINDS = ("collections", "materials", "node_groups", "worlds", "brushes", "actions", "objects")
RED = (0.8, 0.05, 0.03, 1.0)


def enable() -> Any:
    """The add-on, from where this Python finds it."""
    import addon_utils

    assert addon_utils.enable("audobon_blender", default_set=True) is not None
    from audobon_blender.ui import here

    return here


def wait(here: Any, fits: Any) -> Any:
    end = time.monotonic() + PATIENCE_S
    while not (found := fits()):
        here.pump()
        if time.monotonic() > end:
            raise AssertionError(f"it never came: {here.state()}")
        time.sleep(0.01)
    return found


def notice(here: Any, words: str, after: Any = None) -> str:
    """Wait for the message that has these words in it, another one than ``after``."""

    def fits() -> Any:
        found = here.state().notice
        if found is after:
            return False
        if found is not None and found.problem is not None:
            raise AssertionError(f"{found.text}: {found.problem.details}")
        return found is not None and words in found.text and found.text

    return str(wait(here, fits))


def scene(folder: str) -> None:
    """A cube with a painted material, and one of everything that can be saved."""
    image = bpy.data.images.load(os.path.join(folder, "textures", "wood.png"))
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    cube.select_set(True)
    material = cube.active_material
    material.name = "Oak"
    tree = material.node_tree
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    surface = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    tree.links.new(texture.outputs["Color"], surface.inputs["Base Color"])
    group(material)
    cube.animation_data_create()
    cube.keyframe_insert("location", frame=1)
    cube.location.z = 3
    cube.keyframe_insert("location", frame=20)
    cube.animation_data.action.name = "Hop"
    held = bpy.data.collections.new("Boxes")
    bpy.context.scene.collection.children.link(held)
    held.objects.link(cube)
    world = bpy.data.worlds[0]
    world.name = "Studio Light"
    light = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    light.inputs["Color"].default_value = (0.35, 0.55, 0.9, 1.0)
    sky = world.node_tree.nodes.new("ShaderNodeTexGradient")
    world.node_tree.links.new(sky.outputs["Fac"], light.inputs["Strength"])
    brush = bpy.data.brushes.new("Scratch", mode="SCULPT")
    brush.texture = bpy.data.textures.new("Scratches", "IMAGE")
    brush.texture.image = image


def group(material: Any) -> None:
    """A group of a shader that gives red, and one of geometry that makes a grid of its own."""
    red = bpy.data.node_groups.new("Red", "ShaderNodeTree")
    grid = bpy.data.node_groups.new("Grid", "GeometryNodeTree")
    for tree, kind in ((red, "NodeSocketShader"), (grid, "NodeSocketGeometry")):
        if hasattr(tree, "interface"):
            tree.interface.new_socket("Out", in_out="OUTPUT", socket_type=kind)
        else:
            tree.outputs.new(kind, "Out")
    end = red.nodes.new("NodeGroupOutput")
    glow = red.nodes.new("ShaderNodeEmission")
    glow.inputs["Color"].default_value = RED
    red.links.new(glow.outputs[0], end.inputs[0])
    end = grid.nodes.new("NodeGroupOutput")
    made = grid.nodes.new("GeometryNodeMeshCube")
    grid.links.new(made.outputs[0], end.inputs[0])
    # Without a result nothing can be rendered, so its nodes are drawn.
    bare = bpy.data.node_groups.new("Bare", "GeometryNodeTree")
    cone = bare.nodes.new("GeometryNodeMeshCone")
    moved = bare.nodes.new("GeometryNodeTransform")
    moved.location = (220, -60)
    bare.links.new(cone.outputs[0], moved.inputs[0])


def save(folder: str) -> dict[str, Any]:
    here = enable()
    wait(here, lambda: here.session() is not None)
    scene(folder)
    before = {name: len(getattr(bpy.data, name)) for name in KINDS}
    bpy.ops.audobon.create_library(directory=folder)
    wait(here, lambda: here.state().found.total)
    chosen = bpy.context.preferences.addons["audobon_blender"].preferences
    chosen.author, chosen.license, chosen.copyright = "Ana", "CC0-1.0", "2026 Ana"
    fields = bpy.context.window_manager.audobon
    told = {}
    given = {
        *(("collections", "Boxes"), ("materials", "Oak"), ("node_groups", "Red")),
        *(("node_groups", "Grid"), ("node_groups", "Bare"), ("worlds", ""), ("brushes", "Scratch")),
        *(("actions", ""), ("objects", ""), ("file", "")),
    }
    for what, source in sorted(given):
        fields.what, fields.source = what, source
        fields.new_tags, fields.save_catalog = "mine, new", "Studio/Parts"
        fields.description = f"One of the {what}"
        fields.pack = what != "materials"
        fields.name = {"objects": "Crate", "file": "Everything"}.get(what, "")
        last = here.state().notice
        bpy.ops.audobon.save_asset()
        told[f"{what}:{source}"] = notice(here, " is in the library", after=last)
    told["linked"] = linked(here, folder, fields)
    same = before == {name: len(getattr(bpy.data, name)) for name in KINDS}
    return {"told": told, "same": same, **again(here, fields)}


def linked(here: Any, folder: str, fields: Any) -> str:
    """An object whose mesh lies in another file, which stays linked."""
    far = os.path.join(folder, "far.blend")
    mesh = bpy.data.meshes.new("Far")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 1)], [], [(0, 1, 2)])
    bpy.data.libraries.write(far, {mesh}, fake_user=True)
    bpy.data.meshes.remove(mesh)
    with bpy.data.libraries.load(far, link=True) as (_, got):
        got.meshes = ["Far"]
    held = bpy.data.objects.new("Held", got.meshes[0])
    bpy.context.scene.collection.objects.link(held)
    for each in bpy.context.selected_objects:
        each.select_set(False)
    held.select_set(True)
    fields.what, fields.name, fields.pack, last = "objects", "Linked", False, here.state().notice
    fields.new_tags, fields.save_catalog, fields.description = (
        "mine, new",
        "Studio/Parts",
        "One of the meshes",
    )
    bpy.ops.audobon.save_asset()
    text = notice(here, "Linked.blend is in the library", after=last)
    bpy.data.objects.remove(held)
    return text


def again(here: Any, fields: Any) -> dict[str, Any]:
    """The material once more, over the one that was saved, and a refusal without a note."""
    from audobon.session import Wanted

    here.session().search(Wanted("name:oak", kind="blend"))
    wait(here, lambda: here.state().found.wanted.text == "name:oak" and here.state().found.assets)
    first = here.state().found.assets[0]
    bpy.ops.audobon.choose(ident=first.id)
    wait(here, lambda: here.state().chosen and here.state().chosen.complete)
    fields.what, fields.source, fields.pack = "materials", "Oak", False
    noteless = bpy.ops.audobon.save_over()
    bpy.data.materials["Oak"].diffuse_color = RED
    fields.version_note, fields.new_tags = "painted red", "red"
    bpy.ops.audobon.save_over()
    text = notice(here, "New version of Oak.blend: painted red")
    wait(here, lambda: len(here.state().chosen.versions) >= 2)
    found = here.state().chosen
    return {
        "noteless": list(noteless),
        "again": text,
        "id": [first.id, found.asset.id],
        "tags": list(found.asset.tags),
        "note": found.asset.note,
        "catalog": found.asset.catalog,
        "words": {name: found.asset.attributes.get(name) for name in ("author", "license")},
        "versions": [version.message for version in found.versions],
    }


def look(folder: str) -> dict[str, Any]:
    """What a Blender that knows nothing of Audobon sees in the saved files."""
    found = {}
    for path in sorted(Path(folder, "Saved").glob("*.blend")):
        bpy.ops.wm.open_mainfile(filepath=str(path))
        held = {
            f"{kind}:{block.name}": _told(block)
            for kind in KINDS
            if kind != "objects"
            for block in getattr(bpy.data, kind)
            if block.asset_data is not None
        }
        images = [image for image in bpy.data.images if image.source == "FILE"]
        found[path.name] = {
            "assets": held,
            "packed": [image.packed_file is not None for image in images],
            "paths": [image.filepath for image in images],
            "links": [
                [each.filepath, os.path.exists(bpy.path.abspath(each.filepath))]
                for each in bpy.data.libraries
            ],
            "there": [os.path.exists(bpy.path.abspath(image.filepath)) for image in images],
        }
    return found


def _told(block: Any) -> dict[str, Any]:
    data, preview = block.asset_data, block.preview
    size = [0, 0] if preview is None else list(preview.image_size)
    pixels = [] if preview is None else list(preview.image_pixels_float)
    kinds = len(
        {tuple(round(v, 2) for v in pixels[at : at + 3]) for at in range(0, len(pixels), 4)}
    )
    return {
        "catalog": data.catalog_id,
        "description": data.description,
        "author": data.author,
        "license": getattr(data, "license", None),
        "tags": sorted(tag.name for tag in data.tags),
        # Blender keeps previews of brushes since they are assets there, in 4.3.
        "kept": bpy.app.version >= (4, 3) or not isinstance(block, bpy.types.Brush),
        "preview": size,
        "colors": kinds,
    }


def main(what: str, folder: str, result: str) -> None:
    """For a Blender that is a module of Python: do it, and write what was told."""
    value = save(folder) if what == "save" else look(folder)
    Path(result).write_text(json.dumps(value), "utf-8")
