"""Snapshots into a place, back from it, and a whole library out of nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon
from audobon.errors import Conflict, Corrupt, Invalid, NotFound
from audobon.storage.objects import MemoryStore
from audobon.testing.folders import tree


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


@pytest.fixture
def place() -> Iterator[MemoryStore]:
    store = MemoryStore("place")
    yield store
    store.close()


def test_a_library_out_of_nothing_but_the_place(
    lib: audobon.Library, folder: Path, place: MemoryStore, tmp_path: Path
) -> None:
    lib.branch("night")
    lib.switch("night")
    (folder / "notes.txt").write_text("at night")
    lib.commit("night")
    lib.switch("main")
    (folder / "noise.bin").write_bytes(os.urandom(200_000))
    (folder / "new.txt").write_text("never committed")
    lib.add([folder / "new.txt"])
    lib.edit("notes.txt", rating=4, note="kept", add_tags=["paper"])
    made = lib.snapshot(place, reason="before a test", tags=["first"])
    before, log = content(folder), lib.log()
    changes = lib.changes()
    difference = lib.diff("HEAD", "WORKING").entries
    identity = lib.id
    lib.close()
    shutil.rmtree(folder)
    home = tmp_path / "elsewhere" / "Again"
    with audobon.Library.recover(place, home, author="Ben <ben@example.org>") as back:
        assert back.recovered is not None
        assert back.recovered.failed == ()
        assert (back.recovered.snapshot, back.recovered.files) == (made, len(before))
        assert content(home) == before
        assert (back.id, back.name) == (identity, "Mine")
        assert back.log() == log
        assert [branch.name for branch in back.branches()] == ["main", "night"]
        assert back.get("notes.txt").note == "kept"
        assert back.search("tag:paper").total == 1
        assert back.changes() == changes
        assert back.diff("HEAD", "WORKING").entries == difference
        assert back.verify().problems == ()
        assert back.doctor().ok
        assert back.audit.verify().ok
        assert back.audit.list()[-1].did == "recover" or back.audit.list()[0].did == "recover"
        old = back.restore("notes.txt", "night", tmp_path / "old.txt")
        assert Path(old).read_text() == "at night"
        back.commit("goes on")
        assert back.snapshot(place).files == len(before)


def test_the_second_one_sends_only_what_is_new(
    lib: audobon.Library, folder: Path, place: MemoryStore
) -> None:
    noise = bytearray(os.urandom(3_000_000))
    (folder / "noise.bin").write_bytes(noise)
    first = lib.snapshot(place)
    assert first.stored > 3_000_000
    noise[1_000_000] ^= 1
    (folder / "noise.bin").write_bytes(noise)
    second = lib.snapshot(place)
    assert 0 < second.stored < 500_000
    third = lib.snapshot(place)
    assert third.stored < 100_000
    assert lib.snapshots.list(place) == (third, second, first)


def test_one_file_all_files_and_everything_come_back(
    lib: audobon.Library, folder: Path, place: MemoryStore, tmp_path: Path
) -> None:
    (folder / "notes.txt").write_text("uncommitted")
    lib.edit("notes.txt", rating=3)
    made = lib.snapshot(place)
    before = content(folder)
    (folder / "notes.txt").write_text("lost")
    (folder / "set0/tile0.png").unlink()
    lib.edit("notes.txt", rating=1)
    lib.commit("a mistake")
    _, second = lib.snapshot(place), lib.snapshots.list(place)[0]
    assert [one.path for one in lib.snapshots.files(place, second.id)] == sorted(
        f"MyAssets/{path}" for path in before if path != "set0/tile0.png"
    )
    entry = {one.path: one for one in lib.snapshots.files(place, made.id)}["MyAssets/notes.txt"]
    assert (entry.size, entry.rating, entry.tags) == (11, 3, ("wood",))
    assert [one.message for one in lib.snapshots.versions(place, made.id)] == ["one"]
    out = lib.snapshots.restore(place, "notes.txt", made.id, to=tmp_path / "one.txt")
    assert Path(out).read_text() == "uncommitted"
    lib.snapshots.restore(place, "set0/tile0.png", made.id)
    assert (folder / "set0/tile0.png").read_bytes() == before["set0/tile0.png"]
    done = lib.snapshots.export(place, tmp_path / "all", made.id)
    assert done.failed == ()
    assert content(tmp_path / "all") == before
    lib.snapshots.go_back(place, made.id)
    assert content(folder) == before
    assert lib.get("notes.txt").rating == 3
    assert lib.log()[0].message.startswith("Back to: the snapshot of")
    assert lib.verify().problems == ()
    with pytest.raises(NotFound, match="is not in snapshot"):
        lib.snapshots.restore(place, "nothing.txt", made.id)


def test_bytes_that_the_library_has_lost_come_from_the_place(
    lib: audobon.Library, folder: Path, place: MemoryStore, tmp_path: Path
) -> None:
    made = lib.snapshot(place)
    data = (folder / "noise.bin").read_bytes()
    lib.close()
    shutil.rmtree(lib.state_path / "chunks")
    with audobon.Library.open(folder) as again:
        out = again.snapshots.restore(place, "noise.bin", made.id, to=tmp_path / "noise.bin")
        assert Path(out).read_bytes() == data


def test_nothing_in_the_way_is_written_over(
    lib: audobon.Library, folder: Path, place: MemoryStore, tmp_path: Path
) -> None:
    lib.snapshot(place)
    home = tmp_path / "home"
    home.mkdir()
    (home / "notes.txt").write_text("mine")
    with pytest.raises(Conflict, match="lie in the way"):
        audobon.Library.recover(place, home)
    assert content(home) == {"notes.txt": b"mine"}
    (home / "notes.txt").unlink()
    with audobon.Library.recover(place, home) as back:  # the same call goes on
        assert content(home) == content(folder)
        assert back.verify().ok
    with pytest.raises(Conflict, match="is a library already"):
        audobon.Library.recover(place, home)


def test_roots_outside_of_the_library(
    lib: audobon.Library, place: MemoryStore, tmp_path: Path
) -> None:
    for name in ("far", "near"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(name)
        lib.add([tmp_path / name])
    lib.snapshot(place)
    before = {asset.id: Path(asset.file).read_bytes() for asset in _assets(lib)}
    home, chosen = tmp_path / "home", tmp_path / "chosen"
    with audobon.Library.recover(place, home, roots={"far": chosen}) as back:
        assert (chosen / "far.txt").read_text() == "far"
        assert (home / "near" / "near.txt").read_text() == "near"
        assert {asset.id: Path(asset.file).read_bytes() for asset in _assets(back)} == before
        assert {asset.state for asset in _assets(back)} == {"present"}
    assert (tmp_path / "far/far.txt").read_text() == "far", "what was there is not touched"


def _assets(lib: audobon.Library) -> list[audobon.Asset]:
    return [hit.asset for hit in lib.search(limit=100).hits]


def test_a_damaged_place_gives_what_is_sound(
    lib: audobon.Library, folder: Path, place: MemoryStore, tmp_path: Path
) -> None:
    lib.snapshot(place)  # one pack
    (folder / "hit.bin").write_bytes(os.urandom(400_000))
    lib.add([folder / "hit.bin"])
    packs = {stat.key for stat in place.list("packs/")}
    lib.commit("with what will be hit")
    lib._stores.chunks  # noqa: B018 - opened
    lib.snapshot(place)
    new = [stat for stat in place.list("packs/") if stat.key not in packs]
    largest = max(new, key=lambda stat: stat.size)
    data = bytearray(place.get(largest.key))
    data[100_000] ^= 0xFF
    place.put(largest.key, bytes(data))
    with audobon.Library.recover(place, tmp_path / "home") as back:
        assert back.recovered is not None
        assert [path for path, _ in back.recovered.failed] == ["MyAssets/hit.bin"]
        assert all(isinstance(error, Corrupt) for _, error in back.recovered.failed)
        assert content(tmp_path / "home") == {
            path: data for path, data in content(folder).items() if path != "hit.bin"
        }
        assert back.search("name:hit").total == 1, "it is known, and missing"


def test_refusals(lib: audobon.Library, place: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="has no snapshot"):
        audobon.Library.recover(place, tmp_path / "home")
    assert not (tmp_path / "home").exists()
    made = lib.snapshot(place)
    with pytest.raises(NotFound, match="begins with 'zz'"):
        lib.snapshots.files(place, "zz")
    with audobon.Library.create(tmp_path / "other") as other:
        with pytest.raises(Conflict, match="another library"):
            other.snapshot(place)
        assert other.snapshots.list(place) == ()
    key = next(stat.key for stat in place.list("snapshots/"))
    place.put(key, b"{}")
    assert lib.snapshots.list(place) == ()
    with pytest.raises(Corrupt):
        lib.snapshots.files(place, made.id)
    with pytest.raises(Invalid):
        lib.snapshot(place, tags=[" "])
