"""The main job inside the real programs: save, commit, edit, save, commit, restore, open again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon

pytestmark = pytest.mark.hosts

_BLENDER = """
import os, sys

def saved(bpy, path):
    bpy.ops.wm.save_as_mainfile(filepath=path)

def main():
    import bpy
    sys.path[:0] = {path!r}.split(os.pathsep)
    import audobon
    folder = {folder!r}
    scene = os.path.join(folder, "scene.blend")
    saved(bpy, scene)
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        one = lib.commit("as it was").id
        bpy.data.objects["Cube"].location.x = 7.5
        bpy.data.objects["Cube"].name = "Crate"
        saved(bpy, scene)
        two = lib.commit("the crate")
        stats = (two.stats.added, two.stats.modified)
        names = lib.get(scene).attributes["object_names"]
        lib.restore("scene.blend", one)
        bpy.ops.wm.open_mainfile(filepath=scene)
        first = sorted(item.name for item in bpy.data.objects)
        lib.restore("scene.blend", "HEAD")
        bpy.ops.wm.open_mainfile(filepath=scene)
        crate = bpy.data.objects["Crate"].location.x
        found = [hit.asset.path for hit in lib.search("crate kind:blend").hits]
        sound = lib.verify().ok
    return {{"stats": stats, "names": list(names), "first": first, "crate": crate,
             "found": found, "sound": sound}}
"""

_KRITA = """
import os, sys

def main():
    from krita import Krita
    from PyQt5.QtCore import QByteArray
    sys.path[:0] = {path!r}.split(os.pathsep)
    import audobon
    folder = {folder!r}
    painting = os.path.join(folder, "painting.kra")
    app = Krita.instance()
    app.setBatchmode(True)
    doc = app.createDocument(64, 64, "painting", "RGBA", "U8", "", 72.0)
    doc.setBatchmode(True)

    def paint(color):
        layer = doc.topLevelNodes()[0]
        layer.setPixelData(QByteArray(bytes(color) * 64 * 64), 0, 0, 64, 64)
        doc.refreshProjection()
        doc.waitForDone()
        assert doc.saveAs(painting)

    def shown():
        again = app.openDocument(painting)
        again.setBatchmode(True)
        pixel = bytes(again.pixelData(10, 10, 1, 1))
        again.close()
        return list(pixel)

    paint((10, 20, 200, 255))
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        one = lib.commit("red").id
        paint((200, 20, 10, 255))
        two = lib.commit("blue")
        stats = (two.stats.added, two.stats.modified)
        doc.close()
        lib.restore("painting.kra", one)
        first = shown()
        lib.restore("painting.kra", "HEAD")
        second = shown()
        asset = lib.get("painting.kra")
        sound = lib.verify().ok
    return {{"stats": stats, "first": first, "second": second, "sound": sound,
             "kind": asset.kind, "width": asset.width, "layers": asset.attributes["layers"]}}
"""


def _run(host: str, script: str, request: pytest.FixtureRequest, core_path: str, home: Path) -> Any:
    run: Callable[[Path], Any] = request.getfixturevalue(host)
    folder = home / "Assets"
    folder.mkdir()
    path = home / "job.py"
    path.write_text(script.format(path=core_path, folder=str(folder)), "utf-8")
    return run(path)


def test_a_scene_of_real_blender(
    request: pytest.FixtureRequest, core_path: str, tmp_path: Path
) -> None:
    told = _run("blender", _BLENDER, request, core_path, tmp_path)
    assert told["stats"] == [0, 1]
    assert "Crate" in told["names"]
    assert told["first"] == ["Camera", "Cube", "Light"]
    assert told["crate"] == 7.5
    assert told["found"] == ["scene.blend"]
    assert told["sound"]
    with audobon.Library.open(tmp_path / "Assets") as lib:
        assert [version.message for version in lib.log("scene.blend")] == ["the crate", "as it was"]
        if lib.preview("scene.blend") is None:  # the restored bytes have no preview yet
            assert lib.jobs()[0].result(timeout=240) == {"made": 1}
        picture = lib.preview("scene.blend")
        assert picture
        assert picture.startswith((b"\x89PNG", b"\xff\xd8"))


def test_a_painting_of_real_krita(
    request: pytest.FixtureRequest, core_path: str, tmp_path: Path
) -> None:
    told = _run("krita", _KRITA, request, core_path, tmp_path)
    assert told["stats"] == [0, 1]
    assert told["first"] == [10, 20, 200, 255]
    assert told["second"] == [200, 20, 10, 255]
    assert (told["kind"], told["width"]) == ("document", 64)
    assert told["layers"] >= 1
    assert told["sound"]
    with audobon.Library.open(tmp_path / "Assets") as lib:
        lib.work()
        picture = lib.preview("painting.kra")
        assert picture
        assert picture.startswith((b"\x89PNG", b"\xff\xd8"))
