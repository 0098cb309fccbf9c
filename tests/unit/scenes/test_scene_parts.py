"""What is in a scene, as parts: the same whoever saved it, and different where it was edited."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scene_support import ROOM, digests, scene, write

from audobon.errors import BadFile, LimitExceeded, Unsupported
from audobon.testing.blend_file import blend_bytes
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes

FORMS = [(290, "gzip"), (304, "none"), (304, "zstd"), (500, "none"), (500, "zstd")]


def parts_of(folder: Path, spec: SceneSpec, **how: Any) -> dict[tuple[str, str], str]:
    return digests(scene(write(folder, "scene", scene_bytes(spec, **how))))


def edited(**objects: SceneObject) -> SceneSpec:
    return attrs.evolve(ROOM, objects={**ROOM.objects, **objects})


def changed(folder: Path, spec: SceneSpec) -> set[tuple[str, str]]:
    """The parts in which ``spec``, saved by another session, differs from the room."""
    before, after = parts_of(folder, ROOM), parts_of(folder, spec, session=2)
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


@pytest.mark.parametrize(("version", "compression"), FORMS)
def test_two_sessions_give_equal_digests(tmp_path: Path, version: int, compression: str) -> None:
    sessions = [scene_bytes(ROOM, session=n, version=version) for n in (1, 2)]
    assert sessions[0] != sessions[1]
    found = [
        parts_of(tmp_path, ROOM, session=number, version=version, compression=compression)
        for number in (1, 2)
    ]
    assert found[0] == found[1]
    assert len(found[0]) == 1 + 2 + 4 + 4 + 3
    assert len(set(found[0].values())) == len(found[0])


def test_facts_are_what_a_person_compares(tmp_path: Path) -> None:
    found = scene(write(tmp_path, "room", scene_bytes(ROOM)))
    facts = {(part.kind, part.name): part.facts for part in found.parts}
    cup: Mapping[str, object] = facts["object", "Cup"]
    assert cup["location"] == "0.5, 0, 2"
    assert (cup["parent"], cup["data"], cup["type"]) == ("Table", "Cup", "mesh")
    assert (cup["modifiers"], cup["collections"]) == (2, ("Collection",))
    assert facts["object", "Lamp"]["collections"] == ("Props", "Scene (scene)")
    assert facts["mesh", "Cup"]["vertices"] == 120
    assert facts["mesh", "Cup"]["materials"] == ("Clay", "Wood")
    assert facts["material", "Wood"]["color"] == "0.5, 0.3, 0.1, 0"
    assert found.version == "3.4"
    assert found.uses["object", "Cup"] == (("mesh", "Cup"), ("object", "Table"))


def test_an_edited_object_changes_only_itself(tmp_path: Path) -> None:
    moved = attrs.evolve(ROOM.objects["Table"], location=(9.0, 0.0, 1.0))
    assert changed(tmp_path, edited(Table=moved)) == {("object", "Table")}
    more = attrs.evolve(ROOM.objects["Cup"], modifiers=3)
    assert changed(tmp_path, edited(Cup=more)) == {("object", "Cup")}
    free = attrs.evolve(ROOM.objects["Cup"], parent="")
    assert changed(tmp_path, edited(Cup=free)) == {("object", "Cup")}


def test_a_new_object_is_all_that_is_new(tmp_path: Path) -> None:
    spec = edited(Vase=SceneObject("Cup", collections=("Props", "Collection")))
    assert changed(tmp_path, spec) == {("object", "Vase")}


def test_who_lies_where_is_told_of_the_member(tmp_path: Path) -> None:
    moved = attrs.evolve(ROOM.objects["Book"], collections=("Collection",))
    assert changed(tmp_path, edited(Book=moved)) == {("object", "Book")}
    spec = attrs.evolve(ROOM, collections={"Collection": "", "Props": ""})
    assert changed(tmp_path, spec) == {("collection", "Props")}


def test_materials_meshes_and_the_scene(tmp_path: Path) -> None:
    spec = attrs.evolve(ROOM, materials={**ROOM.materials, "Wood": (0.0, 0.0, 0.0)})
    assert changed(tmp_path, spec) == {("material", "Wood")}
    spec = attrs.evolve(ROOM, meshes={**ROOM.meshes, "Lamp": (31, ())})
    assert changed(tmp_path, spec) == {("mesh", "Lamp")}
    spec = attrs.evolve(ROOM, meshes={**ROOM.meshes, "Cup": (120, ("Wood", "Clay"))})
    assert changed(tmp_path, spec) == {("mesh", "Cup")}
    assert changed(tmp_path, attrs.evolve(ROOM, shaped=())) == {("mesh", "Cup")}
    assert changed(tmp_path, attrs.evolve(ROOM, width=64)) == {("scene", "Scene")}


def test_the_order_in_the_file_says_nothing(tmp_path: Path) -> None:
    spec = attrs.evolve(
        ROOM,
        objects=dict(reversed(ROOM.objects.items())),
        meshes=dict(reversed(ROOM.meshes.items())),
        materials=dict(reversed(ROOM.materials.items())),
    )
    assert changed(tmp_path, spec) == set()


def test_names_are_counted_where_others_use_them(tmp_path: Path) -> None:
    path = write(tmp_path, "room", scene_bytes(ROOM))
    found = digests(scene(path, {("mesh", "Cup"): "Cup.001"}))
    plain = digests(scene(path))
    assert found["mesh", "Cup.001"] == plain["mesh", "Cup"]
    assert found["object", "Cup"] != plain["object", "Cup"]
    assert found["object", "Lamp"] == plain["object", "Lamp"]


@pytest.mark.parametrize(("order", "pointer"), [(">", 8), ("<", 4), (">", 4)])
def test_files_of_other_machines_are_refused(tmp_path: Path, order: str, pointer: int) -> None:
    path = write(tmp_path, "old", blend_bytes(order=order, pointer=pointer))
    with pytest.raises(Unsupported):
        scene(path)


def test_a_file_of_another_type_is_no_scene(tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        scene(write(tmp_path, "x", b"PK\3\4" + b"\0" * 100))
    with pytest.raises(BadFile):
        scene(write(tmp_path, "y", b""))


@pytest.mark.parametrize("version", [304, 500])
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damaged_scenes_give_only_promised_errors(version: int, data: st.DataObject) -> None:
    raw = bytearray(scene_bytes(ROOM, version=version))
    for _ in range(data.draw(st.integers(1, 8), "changes")):
        at = data.draw(st.integers(0, len(raw) - 1), "where")
        raw[at] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFE, 0xFF)), "byte")
    cut = data.draw(st.integers(len(raw) - 100, len(raw)), "length")
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "x", bytes(raw[:cut]))
        try:
            scene(path)
        except (BadFile, LimitExceeded, Unsupported):
            return


def test_a_large_mesh_is_not_held_in_memory(tmp_path: Path) -> None:
    spec = attrs.evolve(ROOM, meshes={**ROOM.meshes, "Table": (2_000_000, ("Wood",))})
    path = write(tmp_path, "large", scene_bytes(spec))
    assert path.stat().st_size > 24_000_000
    tracemalloc.start()
    try:
        scene(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_equal_content_has_equal_digests(tmp_path: Path) -> None:
    meshes = {f"M{n}": (3, ()) for n in range(300)}
    spec = SceneSpec(meshes=meshes, shaped=tuple(meshes))
    found = scene(write(tmp_path, "many", scene_bytes(spec)))
    assert len({part.digest for part in found.parts if part.kind == "mesh"}) == 1
