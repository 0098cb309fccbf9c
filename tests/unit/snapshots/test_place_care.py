"""Damage in a place or in the library: found, located, and made good by the other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import audobon
from audobon.errors import Invalid, NotFound
from audobon.storage.objects import MemoryStore
from audobon.testing.folders import tree


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def flip(place: MemoryStore, key: str, at: int) -> None:
    data = bytearray(place.get(key))
    data[at] ^= 0xFF
    place.put(key, bytes(data))


def largest(place: MemoryStore, prefix: str) -> str:
    return max(place.list(prefix), key=lambda stat: stat.size).key


@pytest.fixture
def place(lib: audobon.Library, folder: Path) -> MemoryStore:
    store = MemoryStore()
    (folder / "noise.bin").write_bytes(os.urandom(3_000_000))
    lib.snapshot(store)
    lib.commit("two")
    (folder / "more.bin").write_bytes(os.urandom(300_000))
    lib.add([folder])
    lib.snapshot(store)
    return store


def test_a_sound_place_whole_and_in_parts(lib: audobon.Library, place: MemoryStore) -> None:
    whole = lib.snapshots.verify(place)
    assert whole.problems == ()
    assert whole.files == 2
    assert whole.bytes > 3_300_000
    parts = [lib.snapshots.verify(place, (number, 4)) for number in range(1, 5)]
    assert sum(part.bytes for part in parts) == whole.bytes
    assert sum(part.chunks for part in parts) == whole.chunks
    assert [part.versions > 0 for part in parts] == [True, False, False, False]
    with pytest.raises(Invalid):
        lib.snapshots.verify(place, (5, 4))
    with pytest.raises(NotFound):
        lib.snapshots.verify(MemoryStore())


@pytest.mark.parametrize("prefix", ["packs/", "index/", "git/", "snapshots/"])
def test_any_flipped_byte_is_found(lib: audobon.Library, place: MemoryStore, prefix: str) -> None:
    for stat in list(place.list(prefix)):
        if prefix == "index/":
            for left in (lib.state_path / "derived" / "places").rglob("trailers/*"):
                left.unlink()
            for left in (lib.state_path / "derived" / "places").rglob("index.db*"):
                left.unlink()
        at = 2 if prefix == "snapshots/" else stat.size // 2
        before = place.get(stat.key)
        flip(place, stat.key, at)
        try:
            problems = lib.snapshots.verify(place).problems
        except audobon.AudobonError as error:
            problems = (str(error),)
        assert problems, stat.key
        place.put(stat.key, before)
    assert lib.snapshots.verify(place).ok


def test_a_damaged_place_is_made_good_from_the_library(
    lib: audobon.Library, folder: Path, place: MemoryStore, tmp_path: Path
) -> None:
    flip(place, largest(place, "packs/"), 1_500_000)
    place.delete(min(place.list("packs/"), key=lambda stat: stat.size).key)
    flip(place, largest(place, "git/"), 300)
    assert len(lib.snapshots.verify(place).problems) >= 3
    done = lib.snapshots.repair(place)
    assert done.left == ()
    assert done.packs_there == 3
    assert done.sent > 0
    assert lib.snapshots.verify(place).problems == ()
    for number, made in enumerate(lib.snapshots.list(place)):
        with audobon.Library.recover(place, tmp_path / str(number), snapshot=made.id) as back:
            assert back.recovered is not None
            assert back.recovered.failed == ()
    assert content(tmp_path / "0") == content(folder)


def test_a_damaged_library_is_made_good_from_the_place(
    lib: audobon.Library, folder: Path, place: MemoryStore, tmp_path: Path
) -> None:
    version = lib.commit("three")
    lib.snapshot(place)
    data = (folder / "noise.bin").read_bytes()
    pack = max((lib.state_path / "chunks/packs").glob("*.pack"), key=lambda p: p.stat().st_size)
    (folder / "noise.bin").write_bytes(b"gone from the disk too")
    raw = bytearray(pack.read_bytes())
    raw[2_000_000] ^= 0xFF
    pack.chmod(0o600)
    pack.write_bytes(raw)
    assert lib.verify().problems
    done = lib.snapshots.repair(place)
    assert (done.packs_here, done.left) == (1, ())
    assert done.fetched >= 1
    assert lib.verify().problems == ()
    out = lib.restore("noise.bin", version.id, tmp_path / "noise.bin")
    assert Path(out).read_bytes() == data


def test_what_neither_has_is_told(lib: audobon.Library, place: MemoryStore, folder: Path) -> None:
    made = lib.snapshots.list(place)[0]
    lib.snapshots.forget(place, None, snapshots=[lib.snapshots.list(place)[1].id])
    (folder / "more.bin").write_bytes(b"other")
    for ref in lib._stores.history.refs("refs/audobon/snapshots/"):
        lib._stores.history.remove_ref(ref)
    from datetime import timedelta

    for _ in range(2):
        lib.collect(grace=timedelta(0))
    hit = [stat.key for stat in place.list("packs/") if stat.size < 1_000_000]
    for key in hit:
        flip(place, key, 5_000)
    done = lib.snapshots.repair(place)
    assert any(made.id in problem for problem in done.left)


def test_what_a_snapshot_had_to_do_without_is_in_the_next_one(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    lib.commit("one")
    here, gone, place = folder / "set0/tile0.png", folder / "notes.txt", str(tmp_path / "disk")
    wanted = {path: path.read_bytes() for path in (here, gone)}
    lost = lib.get(str(gone)).digest
    gone.unlink()
    for pack in (lib.state_path / "chunks" / "packs").glob("*.pack"):
        pack.unlink()
    lib._stores.chunks.rebuild_index()
    first = lib.snapshot(place)
    assert first.lacking == (lost,), "what lies on disk is stored again"
    gone.write_bytes(wanted[gone])
    second = lib.snapshot(place)
    assert second.lacking == ()
    with audobon.Library.recover(place, tmp_path / "back") as back:
        assert back.recovered.failed == ()
        for path, data in wanted.items():
            assert (tmp_path / "back" / path.relative_to(folder)).read_bytes() == data
