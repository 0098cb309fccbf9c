"""Facts of files that a real Blender wrote, compared with what Blender says of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from audobon.formats import embedded_preview, probe, references
from audobon.model.asset import Facts

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(shutil.which("blender") is None, reason="Blender is not installed"),
]

SCRIPT = """
import bpy, json, sys
out = sys.argv[-1]
scene = bpy.context.scene
scene.render.resolution_x, scene.render.resolution_y = 1234, 777
scene.frame_end, scene.render.fps = 99, 30
for index in range(5):
    bpy.ops.mesh.primitive_ico_sphere_add(location=(index, 0, 0))
    bpy.context.object.name = "Kugel \\u00e4 %d" % index
bpy.data.objects["Cube"].asset_mark()
bpy.data.materials["Material"].asset_mark()
for name, packed in (("oak", False), ("inside", True)):
    image = bpy.data.images.new(name, 8, 8)
    image.use_fake_user = True
    if packed:
        image.pack()
    else:
        image.source, image.filepath = "FILE", "//tex/oak.png"
bpy.data.node_groups.new("Scatter", "GeometryNodeTree").use_fake_user = True
bpy.data.actions.new("Walk").use_fake_user = True
bpy.ops.wm.save_as_mainfile(filepath=out + "/raw.blend", compress=False)
bpy.ops.wm.save_as_mainfile(filepath=out + "/zstd.blend", compress=True, copy=True)
said = {name: len([d for d in getattr(bpy.data, name) if d.users]) for name in (
    "objects", "meshes", "materials", "node_groups", "actions", "cameras", "lights",
    "collections", "scenes")}
said["object_names"] = sorted(item.name for item in bpy.data.objects)
said["version"] = "%d.%d" % bpy.app.version[:2]
numbers = [len(item.data.loop_triangles) for item in bpy.data.objects if item.type == "MESH"
           and item.data.calc_loop_triangles() is None]
said["triangles"] = sum(numbers)
json.dump(said, open(out + "/said.json", "w"))
bpy.ops.wm.obj_export(filepath=out + "/x.obj")
bpy.ops.export_mesh.stl(filepath=out + "/x.stl")
bpy.ops.export_mesh.stl(filepath=out + "/text.stl", ascii=True)
bpy.ops.export_mesh.ply(filepath=out + "/x.ply")
bpy.ops.export_scene.fbx(filepath=out + "/x.fbx")
image = bpy.data.images.new("save", 24, 16, float_buffer=True)
settings = scene.render.image_settings
for kind, name in (("PNG", "x.png"), ("JPEG", "x.jpg"), ("BMP", "x.bmp"), ("TARGA", "x.tga"),
                   ("TARGA_RAW", "raw.tga"), ("OPEN_EXR", "x.exr"), ("HDR", "x.hdr"),
                   ("TIFF", "x.tif"), ("WEBP", "x.webp")):
    settings.file_format = kind
    image.save_render(out + "/" + name, scene=scene)
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
with bpy.data.libraries.load(out + "/raw.blend", link=True, relative=True) as (there, here):
    here.objects = ["Cube"]
bpy.context.collection.objects.link(here.objects[0])
bpy.ops.wm.save_as_mainfile(filepath=out + "/linked.blend", relative_remap=True)
strips = bpy.context.scene.sequence_editor_create().sequences
strips.new_image("frames", "//cut/a_001.png", 1, 1).elements.append("a_002.png")
strips.new_movie("film", "//cut/film.mp4", 2, 1)
tiles = bpy.data.images.new("tiles", 8, 8)
tiles.source, tiles.filepath, tiles.use_fake_user = "TILED", "//tex/wall.<UDIM>.png", True
made = bpy.data.images.new("made", 8, 8)
made.filepath, made.use_fake_user = "//tex/never saved.png", True
material = bpy.data.materials.new("Lamp")
material.use_nodes, material.use_fake_user = True, True
for kind, path in (("ShaderNodeTexIES", "//lamp.ies"), ("ShaderNodeScript", "//wood.osl")):
    node = material.node_tree.nodes.new(kind)
    node.mode, node.filepath = "EXTERNAL", path
bpy.ops.mesh.primitive_cube_add()
bpy.context.object.modifiers.new("cache", "MESH_CACHE").filepath = "//cache/walk.mdd"
for name, packed in (("rich.blend", False), ("rich-zstd.blend", True)):
    bpy.ops.wm.save_as_mainfile(filepath=out + "/" + name, compress=packed, copy=True)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that Blender made, and ``said.json`` with its own counts."""
    folder = tmp_path_factory.mktemp("blender")
    script = folder / "make.py"
    script.write_text(SCRIPT, "utf-8")
    command = ["blender", "-b", "--factory-startup", "--python-exit-code", "5"]
    command += ["--python", str(script), "--", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


def said(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "said.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", ["raw.blend", "zstd.blend"])
def test_counts_and_names_are_those_of_blender(folder: Path, name: str) -> None:
    truth = said(folder)
    found = probe(str(folder / name)).attributes
    for key in ("objects", "meshes", "node_groups", "actions", "cameras", "lights", "collections"):
        assert found[key] == truth[key], key
    names = found["object_names"]
    assert isinstance(names, tuple)
    assert sorted(names) == truth["object_names"]
    assert found["blender_version"] == truth["version"]
    assert found["compressed"] is (name == "zstd.blend")
    assert found["asset_names"] == ("Cube", "Material")
    assert (found["render_width"], found["render_height"]) == (1234, 777)
    assert (found["frame_end"], found["frame_rate"]) == (99, 30.0)


def test_references_and_thumbnail(folder: Path) -> None:
    assert references(str(folder / "raw.blend")) == ("//tex/oak.png",)
    assert references(str(folder / "linked.blend")) == ("//raw.blend",)
    told = set(references(str(folder / "rich.blend")))
    named = {"//raw.blend", "//tex/wall.<UDIM>.png", "//lamp.ies", "//wood.osl", "//cache/walk.mdd"}
    assert told == named | {"//cut/a_001.png", "//cut/a_002.png", "//cut/film.mp4"}
    assert set(references(str(folder / "rich-zstd.blend"))) == told
    linked = probe(str(folder / "linked.blend")).attributes
    assert (linked["libraries"], linked["links"]) == (1, 1)
    found = embedded_preview(str(folder / "raw.blend"))
    if found is not None:  # Blender without a display may leave it out
        assert found.media_type == "raw/rgba8"
        assert len(found.data) == 4 * found.width * found.height


def test_truncated_copies_are_damaged(folder: Path) -> None:
    from audobon.errors import BadFile

    data = (folder / "raw.blend").read_bytes()
    for part in range(1, 20):
        cut = folder / "cut.blend"
        cut.write_bytes(data[: len(data) * part // 20])
        with pytest.raises(BadFile):
            probe(str(cut))


@pytest.mark.parametrize("name", ["x.stl", "text.stl", "x.obj"])
def test_triangles_of_exports(folder: Path, name: str) -> None:
    assert probe(str(folder / name)).attributes["triangles"] == said(folder)["triangles"]


def test_scenes_of_exports(folder: Path) -> None:
    truth = said(folder)
    fbx = probe(str(folder / "x.fbx")).attributes
    assert (fbx["objects"], fbx["file_version"]) == (truth["objects"], "7.4")
    ply = probe(str(folder / "x.ply"))
    assert (ply.kind, ply.attributes["encoding"]) == ("model", "binary")


IMAGES = ("x.png", "x.jpg", "x.bmp", "x.tga", "raw.tga", "x.exr", "x.hdr", "x.tif", "x.webp")


@pytest.mark.parametrize("name", IMAGES)
def test_sizes_of_saved_pictures(folder: Path, name: str) -> None:
    found: Facts = probe(str(folder / name))
    assert (found.kind, found.width, found.height) == ("image", 24, 16)
