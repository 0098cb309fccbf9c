"""Scenes in a library: what changed is told part by part, and branches merge object by object."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from scene_support import ROOM, digests, scene

import audobon
from audobon.testing.scene_file import SceneSpec, scene_bytes


def moved(name: str, x: float) -> SceneSpec:
    thing = attrs.evolve(ROOM.objects[name], location=(x, 0.0, 0.0))
    return attrs.evolve(ROOM, objects={**ROOM.objects, name: thing})


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[audobon.Library]:
    """A library with the room on two branches; the second has moved the cup."""
    folder = tmp_path / "Scenes"
    folder.mkdir()
    with audobon.Library.create(folder) as library:
        save(library, ROOM, session=1)
        library.add(folder)
        library.commit("room")
        library.branch("night")
        library.switch("night")
        save(library, moved("Cup", 7.0), session=2)
        library.commit("cup")
        library.switch("main")
        yield library


def save(library: audobon.Library, spec: SceneSpec, *, session: int) -> None:
    (Path(library.path) / "room.blend").write_bytes(scene_bytes(spec, session=session))


def test_two_branches_become_one_scene(lib: audobon.Library) -> None:
    save(lib, moved("Book", 3.0), session=3)
    lib.commit("book")
    report = lib.merge("night")
    assert report.merged
    [(path, taken)] = report.parts
    assert path == "Scenes/room.blend"
    assert [(one.kind, one.name, one.status) for one in taken] == [("object", "Cup", "modified")]
    found = scene(Path(lib.path) / "room.blend")
    facts = {(part.kind, part.name): part.facts for part in found.parts}
    assert facts["object", "Cup"]["location"] == "7, 0, 0"
    assert facts["object", "Book"]["location"] == "3, 0, 0"


def test_one_object_moved_by_both_is_asked(lib: audobon.Library) -> None:
    ours = moved("Cup", 3.0)
    save(lib, ours, session=3)
    lib.commit("cup, another way")
    report = lib.merge("night")
    assert not report.merged
    [conflict] = report.conflicts
    assert (conflict.what, conflict.base) == ("part", "object Cup")
    assert lib.resolve(conflict, "theirs").merged
    found = digests(scene(Path(lib.path) / "room.blend"))
    (Path(lib.path) / "wanted.blend").write_bytes(scene_bytes(moved("Cup", 7.0), session=9))
    assert found == digests(scene(Path(lib.path) / "wanted.blend"))


def test_both_are_kept_under_two_names(lib: audobon.Library) -> None:
    save(lib, moved("Cup", 3.0), session=3)
    lib.commit("cup, another way")
    assert lib.resolve(lib.merge("night").conflicts, "both").merged
    found = scene(Path(lib.path) / "room.blend")
    places = {part.name: part.facts["location"] for part in found.parts if part.kind == "object"}
    assert (places["Cup"], places["Cup.001"]) == ("3, 0, 0", "7, 0, 0")


def test_a_difference_is_told_part_by_part(lib: audobon.Library) -> None:
    [details] = list(lib.diff_details("HEAD", "night"))
    told = [(one.kind, one.name, one.status) for one in details.parts]
    assert told == [("object", "Cup", "modified")]
    [field] = details.parts[0].fields
    assert (field.name, field.after) == ("location", "7, 0, 0")
    assert details.part_counts["object"] == 4
