"""Two edits of one scene in one file, made from the blocks of both, without a Blender."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from scene_support import ROOM, digests, scene, write

import audobon
from audobon.errors import AudobonError, BadFile, NotFound
from audobon.model.merge import TAKES, SceneMerge
from audobon.model.parts import PartConflict
from audobon.services.merge.scenemerge import merge_scene
from audobon.services.merge.sceneplan import expected, plan_merge
from audobon.services.merge.scenes import scene_parts
from audobon.services.merge.splicing import splice_files, splice_job
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes

Takes = Mapping[tuple[str, str], str]
NO_BLENDER = Path("/there/is/no/blender")


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Iterator[audobon.Library]:
    with audobon.Library.create(tmp_path_factory.mktemp("library")) as library:
        yield library


def with_objects(spec: SceneSpec = ROOM, **objects: SceneObject | None) -> SceneSpec:
    found = {**spec.objects, **objects}
    return attrs.evolve(spec, objects={n: thing for n, thing in found.items() if thing})


def moved(name: str, *location: float) -> SceneObject:
    x, y, z = location
    return attrs.evolve(ROOM.objects[name], location=(x, y, z))


def merge(
    lib: audobon.Library,
    folder: Path,
    ours: SceneSpec,
    theirs: SceneSpec,
    takes: Takes | None = None,
    **how: Any,
) -> SceneMerge:
    paths = [
        write(folder, name, scene_bytes(spec, session=number, **how))
        for number, (name, spec) in enumerate((("base", ROOM), ("ours", ours), ("theirs", theirs)))
    ]
    before = [path.read_bytes() for path in paths]
    to = folder / "merged.blend"
    found = merge_scene(lib._stores, *paths, to, takes=takes or {}, blender=NO_BLENDER)
    assert [path.read_bytes() for path in paths] == before
    assert to.exists() is found.merged
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        {"base.blend", "ours.blend", "theirs.blend", *(["merged.blend"] * found.merged)}
    )
    return found


def merged_digests(folder: Path) -> dict[tuple[str, str], str]:
    return digests(scene(folder / "merged.blend"))


def of(folder: Path, spec: SceneSpec, **how: Any) -> dict[tuple[str, str], str]:
    wanted = folder.with_name(folder.name + "-wanted")
    wanted.mkdir(exist_ok=True)
    return digests(scene(write(wanted, "wanted", scene_bytes(spec, session=9, **how))))


@pytest.mark.parametrize(
    ("version", "compression"), [(304, "none"), (304, "zstd"), (290, "gzip"), (500, "zstd")]
)
def test_edits_of_different_things_are_both_there(
    lib: audobon.Library, tmp_path: Path, version: int, compression: str
) -> None:
    how = {"version": version, "compression": compression}
    ours = with_objects(Table=moved("Table", 5.0, 0.0, 1.0))
    theirs = with_objects(Cup=moved("Cup", 0.0, 0.0, 9.0))
    theirs = attrs.evolve(theirs, materials={**ROOM.materials, "Wood": (0.0, 0.0, 0.0)})
    found = merge(lib, tmp_path, ours, theirs, **how)
    assert {(c.kind, c.name, c.status) for c in found.taken} == {
        ("object", "Cup", "modified"),
        ("material", "Wood", "modified"),
    }
    fields = {c.name: [(f.name, f.before, f.after) for f in c.fields] for c in found.taken}
    assert fields["Cup"] == [("location", "0.5, 0, 2", "0, 0, 9")]
    both = attrs.evolve(theirs, objects={**theirs.objects, "Table": ours.objects["Table"]})
    result = merged_digests(tmp_path)
    assert result == of(tmp_path, both, version=version)
    opened = scene(tmp_path / "merged.blend")
    assert opened.compression == compression


def test_new_things_come_with_what_they_use(lib: audobon.Library, tmp_path: Path) -> None:
    theirs = with_objects(
        Vase=SceneObject("Vase", parent="Table", collections=("Props", "")),
        Twin=SceneObject("Cup", collections=("Fresh",)),
    )
    theirs = attrs.evolve(
        theirs,
        meshes={**ROOM.meshes, "Vase": (99, ("Glass", "Wood"))},
        materials={**ROOM.materials, "Glass": (0.9, 0.9, 1.0)},
        collections={**ROOM.collections, "Fresh": "Props"},
        shaped=("Cup", "Vase"),
    )
    ours = with_objects(Lamp=None, Jug=SceneObject("Cup", collections=("Props",)))
    ours = attrs.evolve(ours, meshes={n: m for n, m in ROOM.meshes.items() if n != "Lamp"})
    assert merge(lib, tmp_path, ours, theirs).merged
    both = attrs.evolve(
        theirs, objects={**theirs.objects, **ours.objects}, meshes={**theirs.meshes}
    )
    both = attrs.evolve(
        both,
        objects={n: thing for n, thing in both.objects.items() if n != "Lamp"},
        meshes={n: mesh for n, mesh in both.meshes.items() if n != "Lamp"},
    )
    assert merged_digests(tmp_path) == of(tmp_path, both)


def test_removed_and_replaced_things_go(lib: audobon.Library, tmp_path: Path) -> None:
    theirs = attrs.evolve(
        with_objects(Book=None, Lamp=attrs.evolve(ROOM.objects["Lamp"], collections=("Props",))),
        meshes={n: m for n, m in ROOM.meshes.items() if n != "Book"},
        materials={n: m for n, m in ROOM.materials.items() if n != "Paper"},
        shaped=(),
    )
    ours = with_objects(Table=moved("Table", 5.0, 0.0, 1.0))
    found = merge(lib, tmp_path, ours, theirs)
    assert {c.name for c in found.taken if c.status == "removed"} == {"Book", "Paper"}
    both = attrs.evolve(theirs, objects={**theirs.objects, "Table": ours.objects["Table"]})
    assert merged_digests(tmp_path) == of(tmp_path, both)


def test_what_is_linked_stays_behind_its_library(lib: audobon.Library, tmp_path: Path) -> None:
    ours = attrs.evolve(ROOM, linked={"A": ("//one.blend", ("",)), "D": ("//two.blend", ("",))})
    links = {"B": ("//one.blend", ("Props",)), "C": ("//three.blend", ("", "Props"))}
    theirs = attrs.evolve(ROOM, linked=links)
    found = merge(lib, tmp_path, ours, theirs, {("library", "one.blend"): "ours"})
    assert {(c.kind, c.name) for c in found.taken} == {
        ("linked object", "B (//one.blend)"),
        ("linked object", "C (//three.blend)"),
        ("library", "three.blend"),
    }
    both = attrs.evolve(ROOM, linked={**ours.linked, **links})
    assert merged_digests(tmp_path) == of(tmp_path, both)


def test_a_conflict_waits_for_a_decision(lib: audobon.Library, tmp_path: Path) -> None:
    ours = with_objects(Cup=moved("Cup", 1.0, 1.0, 1.0))
    theirs = with_objects(Cup=moved("Cup", 2.0, 2.0, 2.0), Book=moved("Book", 7.0, 7.0, 7.0))
    found = merge(lib, tmp_path, ours, theirs)
    assert found.conflicts == (PartConflict("object", "Cup", "modified", "modified"),)
    key = ("object", "Cup")
    cup, book = (of(tmp_path, side)["object", n] for side, n in ((ours, "Cup"), (theirs, "Book")))
    assert merge(lib, tmp_path, ours, theirs, {key: "ours"}).merged
    assert merged_digests(tmp_path)[key] == cup
    (tmp_path / "merged.blend").unlink()
    assert merge(lib, tmp_path, ours, theirs, {key: "theirs"}).merged
    assert merged_digests(tmp_path)[key] == of(tmp_path, theirs)[key]
    (tmp_path / "merged.blend").unlink()
    assert merge(lib, tmp_path, ours, theirs, {key: "both"}).merged
    result = merged_digests(tmp_path)
    assert result[key] == cup
    assert result["object", "Cup.001"] == of(tmp_path, theirs)[key]
    assert result["object", "Book"] == book


def test_both_of_a_mesh_is_used_by_theirs(lib: audobon.Library, tmp_path: Path) -> None:
    ours = attrs.evolve(ROOM, meshes={**ROOM.meshes, "Lamp": (31, ())})
    theirs = with_objects(Lamp=moved("Lamp", 4.0, 4.0, 4.0))
    theirs = attrs.evolve(theirs, meshes={**ROOM.meshes, "Lamp": (32, ())})
    assert merge(lib, tmp_path, ours, theirs, {("mesh", "Lamp"): "both"}).merged
    facts = {(p.kind, p.name): p.facts for p in scene(tmp_path / "merged.blend").parts}
    assert facts["mesh", "Lamp"]["vertices"] == 31
    assert facts["mesh", "Lamp.001"]["vertices"] == 32
    assert facts["object", "Lamp"]["data"] == "Lamp.001"


def test_what_needs_a_blender_says_so(lib: audobon.Library, tmp_path: Path) -> None:
    ours, theirs = attrs.evolve(ROOM, width=64), with_objects(Cup=moved("Cup", 1.0, 1.0, 1.0))
    found = merge(lib, tmp_path, theirs, ours)
    assert not found.merged
    assert "the scene Scene is changed" in found.reason
    assert str(NO_BLENDER) in found.reason


def test_files_of_two_blenders_say_so(lib: audobon.Library, tmp_path: Path) -> None:
    paths = [
        write(tmp_path, f"v{version}", scene_bytes(ROOM, version=version))
        for version in (304, 304, 9990)
    ]
    found = merge_scene(lib._stores, *paths, tmp_path / "to.blend", takes={})
    assert not found.merged
    assert "3.4 and 99.90" in found.reason
    assert "no Blender 99.90 or newer" in found.reason


def test_damaged_and_missing_files_are_errors(lib: audobon.Library, tmp_path: Path) -> None:
    good = write(tmp_path, "good", scene_bytes(ROOM))
    bad = write(tmp_path, "bad", scene_bytes(ROOM)[:-900])
    with pytest.raises(BadFile):
        merge_scene(lib._stores, good, good, bad, tmp_path / "to.blend", takes={})
    with pytest.raises(NotFound):
        merge_scene(lib._stores, good, good, tmp_path / "no", tmp_path / "to.blend", takes={})
    assert len(scene_parts(lib._stores, good)) == 14


NAMES = ("A", "B", "C", "D")
PLACES = ("", "Collection", "Props")


@st.composite
def edits(draw: st.DrawFn) -> SceneSpec:
    """A version of a small scene in which anything may have been edited, added or removed."""
    objects = {
        name: SceneObject(
            draw(st.sampled_from(("M", "N"))),
            (float(draw(st.integers(0, 2))), 0.0, 0.0),
            collections=tuple(sorted(draw(st.sets(st.sampled_from(PLACES), min_size=1)))),
            modifiers=draw(st.integers(0, 2)),
        )
        for name in draw(st.sets(st.sampled_from(NAMES)))
    }
    vertices = {name: draw(st.integers(1, 3)) for name in ("M", "N")}
    slots = draw(st.sampled_from(((), ("Red",), ("Red", "Blue"))))
    colors = {name: (float(draw(st.integers(0, 1))), 0.0, 0.0) for name in ("Red", "Blue")}
    paths = st.sampled_from(("//one.blend", "//two.blend"))
    inside = st.sampled_from((("",), ("Collection", "Props")))
    linked = draw(st.dictionaries(st.sampled_from(("X", "Y")), st.tuples(paths, inside)))
    return SceneSpec(
        objects=objects,
        linked=linked,
        meshes={name: (count, slots) for name, count in vertices.items()},
        materials=colors,
        collections={"Collection": "", "Props": draw(st.sampled_from(("", "Collection")))},
        shaped=draw(st.sampled_from(((), ("M",)))),
    )


@pytest.mark.parametrize("version", [304, 500])
@settings(max_examples=60, deadline=None)
@example(
    # A library of theirs comes before one that both have.
    specs=(
        SceneSpec(),
        SceneSpec(linked={"X": ("//two.blend", ("",))}),
        SceneSpec(linked={"X": ("//one.blend", ("",)), "Y": ("//two.blend", ("",))}),
    ),
    data=None,
)
@given(specs=st.tuples(edits(), edits(), edits()), data=st.data())
def test_whatever_two_people_did_the_file_is_what_the_plan_says(
    version: int, specs: tuple[SceneSpec, SceneSpec, SceneSpec], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [
            write(folder, f"{number}", scene_bytes(spec, session=number, version=version))
            for number, spec in enumerate(specs)
        ]
        base, ours, theirs = map(scene, paths)
        takes: dict[tuple[str, str], str] = {}
        for conflict in plan_merge(base, ours, theirs, {}).conflicts:
            possible = TAKES[:2] if conflict.kind.startswith(("linked", "library")) else TAKES
            take = data.draw(st.sampled_from(possible), conflict.name)
            takes[conflict.kind, conflict.name] = take
        plan = plan_merge(base, ours, theirs, takes)
        assert not plan.conflicts
        if plan.refused:
            return
        theirs = scene(paths[2], plan.renamed)
        to = folder / "to.blend"
        job = {"ours": str(paths[1]), "theirs": str(paths[2]), "to": str(to)}
        refused = splice_files({**job, **splice_job(plan, theirs)})["refused"]
        event(refused or "merged")
        if any(key[0] == "collection" for key in plan.put):
            assert refused
            return
        assert not refused
        assert digests(scene(to)) == expected(plan, ours, theirs)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_sides_give_an_error_or_a_file_that_is_checked(data: st.DataObject) -> None:
    raw = bytearray(scene_bytes(with_objects(Cup=moved("Cup", 4.0, 4.0, 4.0)), session=2))
    for _ in range(data.draw(st.integers(1, 6), "changes")):
        at = data.draw(st.integers(0, len(raw) - 1), "where")
        raw[at] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFE, 0xFF)), "byte")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = write(folder, "base", scene_bytes(ROOM))
        theirs = write(folder, "theirs", bytes(raw))
        try:
            found = plan_merge(scene(base), scene(base), scene(theirs), {})
            job = {"ours": str(base), "theirs": str(theirs), "to": str(folder / "to.blend")}
            splice_files({**job, **splice_job(found, scene(theirs, found.renamed))})
        except AudobonError:
            return
