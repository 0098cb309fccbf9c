"""Scenes in a merge of branches: objects of both sides in one .blend, conflicts by object."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from merge_support import both_sides

import audobon
from audobon.formats.blend_parts import read_scene
from audobon.formats.examine import examined
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes

ROOM = SceneSpec(
    objects={
        "Table": SceneObject("Table", (0.0, 0.0, 1.0)),
        "Lamp": SceneObject("Lamp", (3.0, 0.0, 0.0)),
    },
    meshes={"Table": (40, ()), "Lamp": (30, ())},
    collections={"Collection": ""},
)


def room(session: int, **objects: SceneObject) -> bytes:
    return scene_bytes(attrs.evolve(ROOM, objects={**ROOM.objects, **objects}), session=session)


def moved(name: str, x: float) -> SceneObject:
    return attrs.evolve(ROOM.objects[name], location=(x, 0.0, 0.0))


def places(path: Path) -> dict[str, object]:
    found = examined(str(path), "blend", lambda source: read_scene(source, None))
    return {part.name: part.facts.get("location") for part in found.parts if part.kind == "object"}


@pytest.fixture
def scene(lib: audobon.Library, folder: Path) -> audobon.Library:
    (folder / "room.blend").write_bytes(room(1))
    lib.add(folder)
    lib.commit("the room")
    lib.remove_branch("side", force=True)
    lib.branch("side")
    return lib


def test_both_sides_objects_are_in_one_file(scene: audobon.Library, folder: Path) -> None:
    alone = {}
    for name, x in (("Table", 5.0), ("Lamp", 7.0)):
        (folder.parent / f"{name}.blend").write_bytes(room(9, **{name: moved(name, x)}))
        alone[name] = places(folder.parent / f"{name}.blend")[name]
    both_sides(
        scene,
        ours=lambda lib, folder: (folder / "room.blend").write_bytes(
            room(2, Table=moved("Table", 5.0))
        ),
        theirs=lambda lib, folder: (folder / "room.blend").write_bytes(
            room(3, Lamp=moved("Lamp", 7.0))
        ),
    )
    done = scene.merge("side")
    assert done.merged
    assert places(folder / "room.blend") == alone
    [(path, taken)] = done.parts
    assert path == "MyAssets/room.blend"
    assert ("object", "Lamp") in {(one.kind, one.name) for one in taken}
    assert scene.diff("HEAD", "WORKING").entries == ()
    assert scene.verify().problems == ()


@pytest.mark.parametrize(("take", "x"), [("ours", 5.0), ("theirs", 7.0)])
def test_an_object_that_both_moved(
    scene: audobon.Library, folder: Path, take: str, x: float
) -> None:
    (folder.parent / "wanted.blend").write_bytes(room(9, Table=moved("Table", x)))
    wanted = places(folder.parent / "wanted.blend")
    both_sides(
        scene,
        ours=lambda lib, folder: (folder / "room.blend").write_bytes(
            room(2, Table=moved("Table", 5.0))
        ),
        theirs=lambda lib, folder: (folder / "room.blend").write_bytes(
            room(3, Table=moved("Table", 7.0))
        ),
    )
    report = scene.merge("side")
    [conflict] = report.conflicts
    assert (conflict.what, conflict.base) == ("part", "object Table")
    assert set(conflict.contents) == {"base", "ours", "theirs"}
    assert scene.resolve(conflict, take).merged
    assert places(folder / "room.blend") == wanted
