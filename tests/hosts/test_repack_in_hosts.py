"""Files of the real programs, stored by their structure: exact, and shared between sessions."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks.transforms import takeapart
from audobon.storage.chunks.transforms.anew import other_deflate
from audobon.storage.chunks.transforms.chain import fold

pytestmark = pytest.mark.hosts

_BLENDER = """
import os
def main():
    import bpy
    path = {path!r}
    bpy.context.preferences.filepaths.save_version = 0
    if os.path.exists(path):
        bpy.ops.wm.open_mainfile(filepath=path)
        bpy.data.objects["Thing.007"].location.x = 7.5
    else:
        bpy.ops.mesh.primitive_cube_add()
        model = bpy.context.object
        model.name = "Thing"
        for _ in range(1500):
            thing = model.copy()
            thing.data = model.data.copy()
            bpy.context.collection.objects.link(thing)
    bpy.ops.wm.save_as_mainfile(filepath=path, compress={compress})
    return len(bpy.data.objects)
"""

_EXPORT = """
def main():
    import bpy
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=150, y_subdivisions=150)
    ball = bpy.context.object
    for number in range({sculpted}):
        ball.data.vertices[number].co.z += 0.1
    bpy.ops.export_scene.fbx(filepath={path!r})
    return len(ball.data.vertices)
"""

_IMPORT = """
def main():
    import bpy
    found = []
    for path in {paths!r}:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.ops.import_scene.fbx(filepath=path)
        things = sorted(bpy.data.objects, key=lambda thing: thing.name)
        meshes = [mesh for mesh in bpy.data.meshes]
        found.append([
            [[thing.name, [list(row) for row in thing.matrix_world]] for thing in things],
            [[list(vertex.co) for vertex in mesh.vertices] for mesh in meshes],
            [[list(face.vertices) for face in mesh.polygons] for mesh in meshes],
        ])
    return [sum(map(len, found[0][1])), found[0] == found[1]]
"""

_KRITA = """
import random
def main():
    from krita import Krita
    from PyQt5.QtCore import QByteArray
    app = Krita.instance()
    app.setBatchmode(True)

    def paint(doc, width, seed, path):
        chance, rows = random.Random(seed), bytearray()
        for y in range(width):
            for x in range(width):
                rows += bytes(((x + y) & 255, (y ^ chance.randrange(8)) & 255, x & 255, 255))
        layer = doc.topLevelNodes()[0]
        layer.setPixelData(QByteArray(bytes(rows)), 0, 0, width, width)
        doc.refreshProjection()
        doc.waitForDone()
        assert doc.saveAs(path)

    doc = app.createDocument(640, 640, "painting", "RGBA", "U8", "", 72.0)
    doc.setBatchmode(True)
    paint(doc, 640, 1, {first!r})
    doc.close()
    doc = app.openDocument({first!r})
    doc.setBatchmode(True)
    paint(doc, 100, 2, {second!r})
    doc.close()
"""


def _sessions(run: Callable[[Path], Any], script: str, path: Path, folder: Path) -> list[bytes]:
    """The file after each of two sessions of the host, the second of which edits a little."""
    found = []
    for number in range(2):
        job = folder / f"job{number}.py"
        job.write_text(script, "utf-8")
        assert run(job)
        found.append(path.read_bytes())
    assert found[0] != found[1]
    return found


def _growth(folder: Path, contents: list[bytes], chain: tuple[str, ...]) -> list[int]:
    """New bytes of chunks for each version when repacked; proves that each comes back."""
    grown = []
    with ChunkStore(folder) as store:
        for data in contents:
            with store.writer() as writer:
                digest = writer.put_bytes(data).digest
            stored = store.repack(digest)
            assert stored is not None
            assert store.transforms(digest) == chain
            assert store.read(digest) == data
            grown.append(stored.new_bytes)
        assert store.verify().ok
    return grown


def test_a_scene_of_real_blender(blender: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "scene.blend"
    contents = _sessions(blender, _BLENDER.format(path=str(path), compress=False), path, tmp_path)
    first, second = _growth(tmp_path / "chunks", contents, ("pointers",))
    assert second < 0.5 * first


def test_a_painting_of_real_krita(krita: Callable[[Path], Any], tmp_path: Path) -> None:
    paths = [tmp_path / "one.kra", tmp_path / "two.kra"]
    job = tmp_path / "job.py"
    job.write_text(_KRITA.format(first=str(paths[0]), second=str(paths[1])), "utf-8")
    krita(job)
    contents = [path.read_bytes() for path in paths]
    first, second = _growth(tmp_path / "chunks", contents, ("unpack",))
    assert second < 0.5 * first


def test_a_compressed_scene_of_real_blender_comes_back_whatever_its_zstd(
    blender: Callable[[Path], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "Scenes"
    folder.mkdir()
    path = folder / "scene.blend"
    contents = _sessions(blender, _BLENDER.format(path=str(path), compress=True), path, tmp_path)
    path.write_bytes(contents[0])
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        one = lib.commit("one")
        path.write_bytes(contents[1])
        two = lib.commit("two")
        lib.work()
        assert {job.state for job in lib.jobs() if job.kind == "repack"} == {"done"}
        chunks, now = lib._stores.chunks, lib.get("scene.blend").digest
        assert chunks.transforms(now) == ()
        (before,) = set(chunks.digests()) - {now}
        # Blender 3.4's libzstd is older than 1.5.7: only pyzstd's gives its frames.
        expected = ("unpack", "pointers") if sys.version_info < (3, 14) else ()
        assert chunks.transforms(before) == expected
        for version, data in zip((one, two), contents, strict=True):
            lib.restore("scene.blend", version.id, tmp_path / "out.blend")
            assert (tmp_path / "out.blend").read_bytes() == data
        assert lib.verify().ok


def test_an_fbx_of_real_blender_opens_the_same_when_another_zlib_made_it(
    blender: Callable[[Path], Any], tmp_path: Path
) -> None:
    path, job, other = tmp_path / "ball.fbx", tmp_path / "job.py", tmp_path / "other.fbx"
    contents = []
    for sculpted in (0, 40):
        job.write_text(_EXPORT.format(path=str(path), sculpted=sculpted), "utf-8")
        assert blender(job) > 10_000
        contents.append(path.read_bytes())
    first, second = _growth(tmp_path / "chunks", contents, ("unpack",))
    assert second < 0.5 * first
    stream, made = io.BytesIO(), io.BytesIO()
    (step,) = fold(io.BytesIO(contents[1]), len(contents[1]), stream, folder=None)
    takeapart.substitute(stream, step.params[32:], made, deflate=other_deflate)
    assert made.getvalue() != contents[1]
    other.write_bytes(made.getvalue())
    job.write_text(_IMPORT.format(paths=[str(path), str(other)]), "utf-8")
    vertices, same = blender(job)
    assert vertices > 10_000
    assert same
