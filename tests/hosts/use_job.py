"""What the add-on brings into a scene, in any Blender: run inside one by the tests beside it.

``make(folder)`` writes scenes to be used, ``main(module, folder)`` uses them through the add-on's
operators. Where Blender runs no timers, their step is called by hand.
"""

from __future__ import annotations

import importlib
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import bpy
import kinds_job
from addon_job import _Job
from mathutils import Matrix, Vector

UP = (0.0, 0.0, 1.0)
SET = {
    "albedo": (180, 120, 60),
    "nor_dx": (128, 90, 255),
    "arm": (200, 150, 30),
    "disp": (90, 90, 90),
}


def make(folder: str) -> None:
    """Scenes, a texture set, surroundings and a painting; the open file is another one after it."""
    from audobon.testing.pictures import write_png  # the SDK comes with the add-on

    for role, color in SET.items():
        write_png(Path(folder) / "stone" / f"wall_{role}_1k.png", 16, 16, color=color)
    write_png(Path(folder) / "stone" / "photo.png", 16, 16, color=(9, 200, 9))
    paint(folder, (255, 0, 0))
    _empty()
    sky = bpy.data.images.new("sky", 8, 4, float_buffer=True)
    sky.filepath_raw, sky.file_format = os.path.join(folder, "sky.hdr"), "HDR"
    sky.save()
    _crate(folder)
    _lamp(folder)
    _material(folder)


def _empty() -> None:
    """Another file in place of this one; preferences and add-ons stay."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def paint(folder: str, color: tuple[int, int, int]) -> None:
    """A painting as Krita saves one: a new file in place of the old one."""
    from audobon.testing.pictures import png_bytes

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("maindoc.xml", '<DOC><IMAGE width="8" height="4" name="sign"/></DOC>')
        archive.writestr("mergedimage.png", png_bytes(8, 4, color=color))
    path = Path(folder) / "sign.kra"
    path.with_suffix(".new").write_bytes(stream.getvalue())
    path.with_suffix(".new").replace(path)


def _save(path: str) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    _empty()


def _object(name: str, data: Any, **where: Any) -> Any:
    made = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(made)
    for key, value in where.items():
        setattr(made, key, value)
    return made


def _box(name: str, size: tuple[float, float, float]) -> Any:
    mesh = bpy.data.meshes.new(name)
    x, y, z = (value / 2 for value in size)
    corners = [(a, b, c) for a in (-x, x) for b in (-y, y) for c in (-z, z)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh.from_pydata(corners, [], faces)
    return mesh


def _crate(folder: str) -> None:
    """A box with a lid as its child, turned, mirrored about another object, with a picture."""
    material = bpy.data.materials.new("Wood")
    material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(os.path.join(folder, "stone", "photo.png"))
    mesh = _box("Crate", (2, 1, 3))
    mesh.materials.append(material)
    crate = _object("Crate", mesh, location=(4, 5, 6), rotation_euler=(0, 0, 0.5))
    lid = _object("Lid", _box("Lid", (2, 1, 0.5)), parent=crate, location=(0, 0, 2))
    pivot = _object("Pivot", None, parent=crate)
    mirror = lid.modifiers.new("Mirror", "MIRROR")
    mirror.mirror_object = pivot
    bpy.context.view_layer.update()
    _save(os.path.join(folder, "crate.blend"))


def _lamp(folder: str) -> None:
    """A collection of its own, marked as an asset, with a quaternion, a curve and no lamp."""
    group = bpy.data.collections.new("Lamp")
    bpy.context.scene.collection.children.link(group)
    foot = _object("Foot", _box("Foot", (1, 1, 0.2)), location=(0, 0, 3), scale=(2, 1, 1))
    foot.rotation_mode, foot.rotation_quaternion = "QUATERNION", (0.9, 0, 0.2, 0.4)
    curve = bpy.data.curves.new("Cable", "CURVE")
    curve.dimensions = "3D"
    spline = curve.splines.new("POLY")
    spline.points.add(1)
    spline.points[1].co = (0, 2, 5, 1)
    for one in (foot, _object("Cable", curve, location=(1, 0, 0))):
        bpy.context.scene.collection.objects.unlink(one)
        group.objects.link(one)
    group.asset_mark()
    _save(os.path.join(folder, "lamp.blend"))


def _material(folder: str) -> None:
    material = bpy.data.materials.new("Gold")
    material.use_fake_user = True
    _save(os.path.join(folder, "gold.blend"))


def main(module: str, folder: str) -> dict[str, Any]:
    """Use all of it; what was seen on the way, as plain data."""
    here = importlib.import_module(f"{module}.ui.here")
    job = _Use(here, folder)
    job.until(lambda: here.session() is not None)
    bpy.ops.audobon.create_library(directory=folder)
    job.until(lambda: here.state().found.total == 11)
    told = {"version": bpy.app.version_string}
    parts = (job.boxes, job.hows, job.placed, job.several, job.mixed, job.kinds, job.given)
    for part in (*parts, job.textures, job.world, job.painting):
        _empty()
        told[part.__name__] = part()
    told["slowest_ms"] = max(here.here().times) * 1000
    return told


class _Use(_Job):
    def module(self, name: str) -> Any:
        package = self.here.__name__.rpartition(".ui.")[0]
        return importlib.import_module(f"{package}.{name}")

    def scene(self, name: str) -> Any:
        """Choose a scene, and wait for the sizes of its things."""
        asset = self.choose(name)

        def boxed() -> bool:
            offers = self.here.state().inside.offers or ()
            return any(one.box is not None for one in offers)

        self.until(boxed)
        return asset

    def boxes(self) -> dict[str, Any]:
        """Sizes that the session has read, and what Blender makes of the same files."""
        told = {}
        for name in ("crate", "lamp"):
            asset = self.scene(name)
            offers = self.here.state().inside.offers
            mine = {one.name: one.box for one in offers if one.kind == "object"}
            with bpy.data.libraries.load(asset.file) as (there, here):
                here.objects = there.objects
            for one in here.objects:
                bpy.context.scene.collection.objects.link(one)
                one.modifiers.clear()  # sizes are those before modifiers
            bpy.context.view_layer.update()
            for one in here.objects:
                corners = [one.matrix_world @ Vector(corner) for corner in one.bound_box]
                box = mine[one.name]
                far = [0.0]
                if one.type in ("MESH", "CURVE"):
                    far = [
                        abs(end(c[n] for c in corners) - side[n])
                        for end, side in ((min, box.low), (max, box.high))
                        for n in range(3)
                    ]
                far += [
                    abs(a - b)
                    for a, b in zip(box.origin, one.matrix_world.translation, strict=True)
                ]
                told[one.name] = [one.type, max(far)]
        return told

    def hows(self) -> dict[str, Any]:
        self.scene("crate")
        told: dict[str, Any] = {}
        for how in ("APPEND", "APPEND", "REUSE", "LINK", "PACK"):
            lists = (bpy.data.objects, bpy.data.meshes, bpy.data.materials, bpy.data.images)
            before = [len(one) for one in lists]
            packed = sum(one.packed_file is not None for one in bpy.data.images)
            bpy.ops.audobon.use_scene(how=how)
            made = [len(one) - count for one, count in zip(lists, before, strict=True)]
            now = sum(one.packed_file is not None for one in bpy.data.images)
            told.setdefault(how, []).append([*made, now - packed])
        told["linked"] = [os.path.basename(one.filepath) for one in bpy.data.libraries]
        return told

    def placed(self) -> dict[str, Any]:
        """Each way stands where it was put, along the surface, turned and scaled."""
        self.scene("crate")
        up, spot = Vector((1, 0, 1)).normalized(), Vector((3, 2, 1))
        told = {}
        for how in ("APPEND", "LINK"):
            known = set(bpy.data.objects)
            bpy.ops.audobon.place(how=how, spot=spot, up=up, turn=0.3, scale=2.0)
            made = [one for one in bpy.data.objects if one not in known and not one.library]
            points = self.points(made)
            heights = [(point - spot).dot(up) for point in points]
            size = max(heights) - min(heights)
            upright = {"how": how, "spot": spot, "up": up, "align": False}
            known = set(bpy.data.objects)
            bpy.ops.audobon.place(**upright)
            made = [one for one in bpy.data.objects if one not in known and not one.library]
            low = min(point.z for point in self.points(made))
            told[how] = [min(heights), size, low]
        return told

    def points(self, made: list[Any]) -> list[Any]:
        bpy.context.view_layer.update()
        found = []
        for one in made:
            inner = one.instance_collection
            for part in [one] if inner is None else inner.all_objects:
                world = one.matrix_world
                if inner is not None:
                    world = world @ Matrix.Translation(-inner.instance_offset) @ part.matrix_world
                if part.type == "MESH":
                    found += [world @ vertex.co for vertex in part.data.vertices]
        return found

    def several(self) -> dict[str, Any]:
        """In a row, in a grid, over a surface; copies share meshes and mean each other."""
        self.scene("crate")
        told: dict[str, Any] = {}
        for layout in ("ROW", "GRID"):
            known = set(bpy.data.objects)
            bpy.ops.audobon.place_several(layout_as=layout, count=4, gap=0.5)
            made = [one for one in bpy.data.objects if one not in known]
            roots = [one for one in made if one.parent is None]
            meshes = {one.data.name for one in made if one.data}
            lids = [one for one in made if one.name.startswith("Lid")]
            own = all(one.modifiers[0].mirror_object.parent == one.parent for one in lids)
            places = sorted([round(v, 3) for v in one.location.xy] for one in roots)
            told[layout] = [len(made), len(meshes), own, places]
        _empty()
        ball = bpy.data.meshes.new("Slope")
        ball.from_pydata([(0, 0, 0), (10, 0, 10), (10, 10, 10), (0, 10, 0)], [], [(0, 1, 2, 3)])
        slope = _object("Slope", ball, location=(0, 0, 2))
        for how in ("APPEND", "LINK"):
            told[how] = [self.scattered(slope, how, seed) for seed in (1, 1, 2)]
        return told

    def scattered(self, slope: Any, how: str, seed: int) -> Any:
        bpy.context.view_layer.update()
        bpy.context.view_layer.objects.active = slope
        known = set(bpy.data.objects)
        bpy.ops.audobon.place_several(
            layout_as="SCATTER", count=6, gap=1.0, seed=seed, how=how, turn=3.0, scale=0.3
        )
        made = [one for one in bpy.data.objects if one not in known and not one.library]
        roots = [one for one in made if one.parent is None]
        bpy.context.view_layer.update()
        normal = Vector((-1, 0, 1)).normalized()
        # The middle of a crate lies above the slope along its normal, by half its height.
        tilt = max(one.matrix_world.to_3x3().col[2].angle(normal) for one in roots)
        shown = [[round(v, 3) for v in one.matrix_world.translation] for one in roots]
        active = bpy.context.active_object == slope
        for one in made:
            bpy.data.objects.remove(one)
        return [len(roots), round(tilt, 3), active, sorted(shown)]

    def mixed(self) -> dict[str, Any]:
        """Assets that are not chosen: read in the background, and then it goes on by itself."""
        ids = []
        for name in ("crate", "lamp", "rusty"):
            self.here.session().search(importlib.import_module("audobon.session").Wanted(name))
            self.until(
                lambda name=name: (
                    not self.here.state().searching
                    and [one for one in self.here.state().found.assets if name in one.name]
                )
            )
            ids.append(self.here.state().found.assets[0].id)
        bpy.ops.audobon.choose(ident="")
        self.until(lambda: self.here.state().chosen is None)
        asked = bpy.ops.audobon.place_several(ids=" ".join(ids[:2]), layout_as="ROW", count=2)
        self.until(lambda: len(bpy.data.objects) == 10)
        names = sorted({one.name.partition(".")[0] for one in bpy.data.objects})
        return {"asked": list(asked), "names": names}

    def kinds(self) -> dict[str, Any]:
        return kinds_job.kinds(self)

    def given(self) -> dict[str, Any]:
        """A material for a slot, for the active object, and for one face alone."""
        self.choose("gold")
        made = [_object(f"Box {n}", _box(f"Box {n}", (1, 1, 1))) for n in range(3)]
        bpy.context.view_layer.objects.active = made[0]
        bpy.ops.audobon.give_material(how="REUSE")
        made[1].data.materials.append(bpy.data.materials.new("Red"))
        bpy.ops.audobon.give_material(how="REUSE", target="Box 1", face=2)
        bpy.ops.audobon.give_material(how="REUSE", target="Box 2", face=3)
        bpy.context.view_layer.objects.active = None
        refused = self.refused(bpy.ops.audobon.give_material)
        materials = [[s and s.name for s in one.data.materials] for one in made]
        faces = [[face.material_index for face in one.data.polygons] for one in made]
        return {"materials": materials, "faces": faces, "refused": refused}

    def refused(self, call: Any) -> str:
        try:
            return str(call())
        except RuntimeError as error:
            return str(error)

    def textures(self) -> dict[str, Any]:
        self.choose("wall")
        thing = _object("Wall", _box("Wall", (1, 1, 1)))
        bpy.context.view_layer.objects.active = thing
        told = {}
        for heights in ("BUMP", "DISPLACE"):
            bpy.ops.audobon.give_material(heights=heights)
            told[heights] = _wires(thing.active_material.node_tree)
        spaces = {
            os.path.basename(one.filepath): one.colorspace_settings.name
            for one in bpy.data.images
            if one.filepath
        }
        return {**told, "spaces": spaces, "name": thing.active_material.name}

    def world(self) -> dict[str, Any]:
        self.choose("sky")
        bpy.ops.audobon.use_image(use="world", turn=0.5, strength=2.0)
        tree = bpy.context.scene.world.node_tree
        back = next(node for node in tree.nodes if node.type == "BACKGROUND")
        turn = next(node for node in tree.nodes if node.type == "MAPPING")
        values = [turn.inputs["Rotation"].default_value[2], back.inputs["Strength"].default_value]
        return {"wires": _wires(tree), "values": [round(value, 3) for value in values]}

    def painting(self) -> dict[str, Any]:
        """A painting is shown, and again once it is saved; unseen by whoever looks away."""
        self.choose("sign")
        asked = bpy.ops.audobon.use_image(use="plane")
        image = self.until(lambda: next(iter(bpy.data.images), None))
        first = [round(value, 2) for value in image.pixels[:3]]
        again = bpy.ops.audobon.use_image(use="texture")
        count = len(bpy.data.images)
        paint(self.folder, (0, 255, 0))
        self.until(lambda: list(image.pixels[:3]) == [0, 1, 0])
        path = os.path.join(self.folder, "..", "kept.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)
        paint(self.folder, (0, 0, 255))
        self.until(lambda: list(image.pixels[:3]) == [0, 0, 1])
        bpy.ops.wm.open_mainfile(filepath=path)
        kept = bpy.data.images[0]
        before = [round(value, 2) for value in kept.pixels[:3]]
        self.until(lambda: list(bpy.data.images[0].pixels[:3]) == [0, 0, 1])
        size = list(kept.size)
        return {"asked": [*asked, *again], "seen": [first, before], "count": count, "size": size}


def _wires(tree: Any) -> list[str]:
    """The links of nodes as text, without the mapping that all pictures have."""
    found = []
    for link in tree.links:
        a, b = link.from_node, link.to_node
        if a.type not in ("TEX_COORD", "MAPPING"):
            found.append(
                f"{_called(a)}.{link.from_socket.name} > {_called(b)}.{link.to_socket.name}"
            )
    return sorted(found)


def _called(node: Any) -> str:
    return node.label or node.type
