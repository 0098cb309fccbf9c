"""Relationships that stand in files: found when they are added, kept as the files are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon
from audobon.errors import Conflict, QueryError
from audobon.testing.pictures import write_png

MATERIAL = "newmtl wood\nmap_Kd {}\n"
MESH = "mtllib {}\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl wood\nf 1 2 3\n"


def gltf(*images: str) -> str:
    scene = {
        "asset": {"version": "2.0"},
        "scenes": [{}],
        "images": [{"uri": uri} for uri in images],
    }
    return json.dumps(scene)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A mesh with its material and texture, two scenes that use that too, one file lost."""
    folder = tmp_path / "Room"
    write_png(folder / "tex" / "oak.png", 8, 8, color=(1, 2, 3))
    write_png(folder / "tex" / "red stone.png", 8, 8, color=(9, 2, 3))
    write(folder / "mesh" / "table.obj", MESH.format("table.mtl"))
    write(folder / "mesh" / "table.mtl", MATERIAL.format("-s 1 1 1 ../tex/oak.png"))
    write(folder / "a.gltf", gltf("tex/oak.png", "tex/red%20stone.png", "tex/lost.png"))
    write(folder / "scenes" / "b.gltf", gltf("../tex/oak.png", "https://x.org/oak.png"))
    return folder


@pytest.fixture
def lib(room: Path) -> Iterator[audobon.Library]:
    with audobon.Library.create(room, "Room") as library:
        library.add([room])
        yield library


def users(lib: audobon.Library, ref: str) -> list[str]:
    return [one.asset.path for one in lib.links(ref).used_by]


def used(lib: audobon.Library, ref: str) -> dict[str, str]:
    return {one.path: one.state for one in lib.links(ref).uses}


def hits(lib: audobon.Library, query: str) -> list[str]:
    return sorted(hit.asset.path for hit in lib.search(query, limit=50).hits)


def test_what_files_name_is_known_as_soon_as_they_are_added(lib: audobon.Library) -> None:
    assert users(lib, "tex/oak.png") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]
    assert used(lib, "a.gltf") == {
        "tex/oak.png": "asset",
        "tex/red stone.png": "asset",
        "tex/lost.png": "missing",
    }
    edges = lib.related("tex/oak.png")
    assert {(edge.kind, edge.dst, edge.found) for edge in edges} == {
        ("uses", lib.get("tex/oak.png").id, True)
    }
    chain = lib.related("mesh/table.obj", kind="uses", transitive=True)
    assert [lib.get(edge.dst).name for edge in chain] == ["table.mtl", "oak.png"] or [
        lib.get(edge.dst).name for edge in chain
    ] == ["oak.png", "table.mtl"]


def test_edges_follow_the_file_and_those_made_by_hand_stay(
    lib: audobon.Library, room: Path
) -> None:
    lib.relate("a.gltf", "uses", "mesh/table.obj")
    write(room / "a.gltf", gltf("tex/red%20stone.png"))
    lib.add([room])
    assert users(lib, "tex/oak.png") == ["mesh/table.mtl", "scenes/b.gltf"]
    assert used(lib, "a.gltf") == {"tex/red stone.png": "asset", "mesh/table.obj": "asset"}
    (edge,) = lib.related("mesh/table.obj", kind="uses")[1:]
    assert (edge.src, edge.found) == (lib.get("a.gltf").id, False)
    lib.unrelate("a.gltf", "uses", "mesh/table.obj")
    assert users(lib, "mesh/table.obj") == []


def test_only_what_changed_is_read_again(
    lib: audobon.Library, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audobon.services.files import links

    lib.links("a.gltf")
    read: list[str] = []
    before = links._read
    monkeypatch.setattr(
        links,
        "_read",
        lambda stores, executor, ids: (read.extend(ids), before(stores, executor, ids)),
    )
    lib.edit("scenes/b.gltf", add_tags=["x"])
    lib.commit("one")
    lib.links("a.gltf")
    assert read == [], "an edit and a version are no reason"
    os.utime(room / "a.gltf", ns=(1, 1))
    write(room / "scenes" / "b.gltf", gltf("../tex/red%20stone.png"))
    lib.commit("two")
    assert users(lib, "tex/red stone.png") == ["a.gltf", "scenes/b.gltf"]
    assert read == [], "whoever notices a changed file reads it once"


def test_a_library_that_never_looked_does_it_by_itself(room: Path) -> None:
    with audobon.Library.create(room, "Room") as lib:
        lib.add([room])
    (derived,) = (room / ".audobon" / "derived").glob("links")
    for file in derived.iterdir():
        file.unlink()
    with audobon.Library.open(room) as lib:
        assert users(lib, "tex/oak.png") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]
    with audobon.Library.open(room, read_only=True) as lib:
        assert users(lib, "tex/oak.png") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]


def test_many_unread_files_are_a_job_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "Many"
    write_png(folder / "oak.png", 8, 8)
    for number in range(12):
        write(folder / f"{number}.gltf", gltf("oak.png"))
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
    for file in (folder / ".audobon" / "derived" / "links").iterdir():
        file.unlink()
    with audobon.Library.open(folder) as lib:
        assert lib.links("oak.png").unread == 12
        page = lib.search("uses:*")
        assert page.notes == ("12 files are not looked into yet for the files that they use",)
        (job,) = [job for job in lib.jobs() if job.kind == "links"]
        assert job.result(timeout=120) == {"read": 12}
        assert len(users(lib, "oak.png")) == 12
        assert lib.links("oak.png").unread == 0


def test_one_bad_file_fails_alone_and_says_why(room: Path) -> None:
    with audobon.Library.create(room, "Room") as lib:
        lib.add([room])
        size = (room / "a.gltf").stat().st_size
    for file in (room / ".audobon" / "derived" / "links").iterdir():
        file.unlink()
    stamp = (room / "a.gltf").stat().st_mtime_ns
    (room / "a.gltf").write_bytes(b"{" * size)
    os.utime(room / "a.gltf", ns=(stamp, stamp))
    with audobon.Library.open(room) as lib:
        assert users(lib, "tex/oak.png") == ["mesh/table.mtl", "scenes/b.gltf"]
        assert "not a sound gltf file" in lib.links("a.gltf").problem


def test_a_texture_that_moves_is_still_used(lib: audobon.Library, room: Path) -> None:
    (room / "tex" / "oak.png").rename(room / "oak elsewhere.png")
    lib.add([room])
    (link,) = [one for one in lib.links("a.gltf").uses if one.path == "tex/oak.png"]
    assert (link.state, link.asset and link.asset.path) == ("moved", "oak elsewhere.png")
    assert users(lib, "oak elsewhere.png") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]
    write_png(room / "tex" / "oak.png", 9, 9)
    lib.add([room])
    assert users(lib, "tex/oak.png") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]
    assert users(lib, "oak elsewhere.png") == []


def test_a_scene_that_moves_means_other_files(lib: audobon.Library, room: Path) -> None:
    (room / "a.gltf").rename(room / "mesh" / "a.gltf")
    lib.add([room])
    states = used(lib, "mesh/a.gltf")
    assert states["tex/lost.png"] == "missing"
    assert states["tex/oak.png"] == "moved", "nothing lies there, and it is known what did"


def test_numbered_files_are_versions_of_each_other(lib: audobon.Library, room: Path) -> None:
    for number in (1, 2, 3):
        write_png(room / "tex" / f"cloth_v{number:02}.png", 8 + number, 8)
    write_png(room / "tex" / "cloth_vault.png", 8, 9)
    write(room / "old.gltf", gltf("tex/cloth_v01.png"))
    write(room / "new.gltf", gltf("tex/cloth_v03.png"))
    lib.add([room])
    links = lib.links("tex/cloth_v03.png")
    assert [(one.asset.path, one.older) for one in links.used_by] == [
        ("new.gltf", ""),
        ("old.gltf", "tex/cloth_v01.png"),
    ]
    (link,) = lib.links("old.gltf").outdated
    assert link.newer is not None
    assert link.newer.path == "tex/cloth_v03.png"
    assert lib.links("new.gltf").outdated == ()


def test_removing_what_others_use_needs_force(lib: audobon.Library) -> None:
    with pytest.raises(Conflict, match=r"tex/oak.png is used by a.gltf, .*table.mtl") as refused:
        lib.remove("tex/oak.png")
    assert "force" in refused.value.hint
    assert lib.get("tex/oak.png").state == "present"
    lib.remove(["a.gltf", "tex/red stone.png"])
    lib.remove("tex/oak.png", force=True)
    assert lib.links("scenes/b.gltf").uses[0].state == "outside", "the file stays"
    lib.undo()
    assert users(lib, "tex/oak.png") == ["mesh/table.mtl", "scenes/b.gltf"]


def test_queries_by_what_files_use(lib: audobon.Library) -> None:
    assert hits(lib, "uses:oak.png") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]
    assert hits(lib, "uses:tex/oak.png kind:text") == ["mesh/table.mtl"]
    assert hits(lib, "uses:lost.png") == ["a.gltf"], "what is lost has a name all the same"
    assert hits(lib, "usedby:a.gltf") == ["tex/oak.png", "tex/red stone.png"]
    assert hits(lib, "kind:image -usedby:*") == []
    assert hits(lib, "usedby:*") == ["mesh/table.mtl", "tex/oak.png", "tex/red stone.png"]
    assert hits(lib, "uses:*") == ["a.gltf", "mesh/table.mtl", "mesh/table.obj", "scenes/b.gltf"]
    assert hits(lib, "lacks:*") == ["a.gltf"]
    assert hits(lib, "lacks:lost.png") == ["a.gltf"]
    assert hits(lib, "lacks:oak.png") == []
    assert hits(lib, "uses:oak*") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]
    with pytest.raises(QueryError, match=r"no asset is known as 'nobody\.png'") as mistake:
        lib.search("stone uses:nobody.png")
    assert mistake.value.position == 6


def test_what_is_gone_from_the_disk_is_lacking(lib: audobon.Library, room: Path) -> None:
    (room / "tex" / "oak.png").unlink()
    lib.add([room])
    assert used(lib, "scenes/b.gltf") == {"../tex/oak.png": "missing"}
    assert hits(lib, "lacks:oak.png") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]
    assert users(lib, "tex/oak.png") == ["a.gltf", "mesh/table.mtl", "scenes/b.gltf"]
