"""What a snapshot sends again, and that a recovery makes each file once, proved."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

import audobon
from audobon.errors import Corrupt
from audobon.services.depot import Depot
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks.layout import encode_recipe
from audobon.storage.chunks.parcels import Parcels
from audobon.storage.objects import MemoryStore


def test_assets_of_no_version_are_named_once(folder: Path, tmp_path: Path) -> None:
    place = MemoryStore("place")
    for number in range(200):
        (folder / f"more{number}.txt").write_text(f"text {number}\n")
    with audobon.Library.create(folder, "Mine", author="Ada <ada@example.org>") as lib:
        lib.add([folder])
        lib.snapshot(place)
        (first,) = place.list("git/")
        (folder / "more7.txt").write_text("another text\n")
        lib.snapshot(place)
        (second,) = (stat for stat in place.list("git/") if stat.key != first.key)
        assert second.size < first.size / 4
        (folder / "more8.txt").write_text("a third text\n")
        lib.snapshot(place)
        kept = {path.name: path.read_bytes() for path in folder.glob("*.txt")}
    with audobon.Library.recover(place, tmp_path / "home") as back:
        assert back.recovered is not None
        assert back.recovered.failed == ()
        assert {path.name: path.read_bytes() for path in back.path.glob("*.txt")} == kept
        assert back.verify().ok


@pytest.mark.parametrize("passing", [True, False])
def test_a_recovery_joins_the_chunks_of_each_file_once(
    lib: audobon.Library,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    passing: bool,
) -> None:
    """While their groups come; and, where that is not possible, out of the store."""
    if not passing:
        monkeypatch.setattr("audobon.services.depot.passing._OPEN", 0)
    place = MemoryStore("place")
    lib.snapshot(place)
    size = sum(path.stat().st_size for path in folder.rglob("*.*") if ".audobon" not in path.parts)
    made: list[str] = []
    prove, restore = ChunkStore.prove, ChunkStore.restore

    def proved(self: ChunkStore, digest: str, *rest: object, **named: object) -> str:
        made.append(digest)
        return prove(self, digest, *rest, **named)  # type: ignore[arg-type]

    def restored(self: ChunkStore, digest: str, *rest: object, **named: object) -> object:
        made.append(digest)
        return restore(self, digest, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(ChunkStore, "prove", proved)
    monkeypatch.setattr(ChunkStore, "restore", restored)
    with audobon.Library.recover(place, tmp_path / "home") as back:
        assert back.recovered is not None
        assert back.recovered.bytes == size
        digests = {asset.digest for asset in back.assets()}
        assert len(digests) >= 5
        again = [] if passing else sorted(digests)
        assert sorted(one for one in made if one in digests) == again
        for path in folder.glob("*.bin"):
            assert (back.path / path.name).read_bytes() == path.read_bytes()


def test_a_place_that_tells_another_recipe_gives_no_file(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    place = MemoryStore("place")
    for name in ("true.bin", "other.bin"):
        (folder / name).write_bytes(os.urandom(300_000))
    lib.add([folder])
    lib.snapshot(place)
    wanted, other = (lib.get(name).digest for name in ("true.bin", "other.bin"))
    depot = Depot(place, tmp_path / "index")
    depot.contents.refresh()
    recipe = depot.contents.recipe(other)
    assert recipe is not None
    (tmp_path / "parcels").mkdir()
    parcels = Parcels(tmp_path / "parcels")
    parcels.recipe(bytes.fromhex(wanted), encode_recipe(recipe), size=recipe.size, rank=9)
    for parcel in parcels.last():
        depot.put_pack(parcel)
    depot.close()
    with audobon.Library.recover(place, tmp_path / "home") as back:
        assert back.recovered is not None
        ((path, error),) = back.recovered.failed
        assert path == "MyAssets/true.bin"
        assert isinstance(error, Corrupt)
        assert not (back.path / "true.bin").exists()
        assert (back.path / "other.bin").read_bytes() == (folder / "other.bin").read_bytes()
        assert not back._stores.chunks.has(wanted)
        assert back.verify().problems == ()


class _Told(MemoryStore):
    """Notes which records of snapshots are read."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.records: list[str] = []

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        if key.startswith("snapshots/"):
            self.records.append(key)
        return super().get(key, start, end)


def test_of_earlier_snapshots_only_the_newest_is_read(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    place = _Told("place")
    for number in range(4):
        (folder / "note.txt").write_text(f"note {number}\n")
        lib.snapshot(place)
    newest = sorted(stat.key for stat in place.list("snapshots/"))[-1]
    (folder / "note.txt").write_text("the last\n")
    place.records.clear()
    lib.snapshot(place)
    assert place.records == [newest]


def test_a_branch_that_only_an_older_snapshot_has_comes_back_from_a_newer_one(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    place = MemoryStore("place")
    lib.commit("on main")
    home = next(one.name for one in lib.branches() if one.current)
    lib.branch("side")
    lib.switch("side")
    (folder / "side.txt").write_text("of the side\n")
    lib.add([folder])
    tip = lib.commit("on the side").id
    lib.switch(home)
    lib.snapshot(place)
    lib.remove_branch("side", force=True)
    lib.snapshot(place)
    lib.branch("again", at=tip)
    lib.snapshot(place)
    with audobon.Library.recover(place, tmp_path / "home") as back:
        assert back.recovered is not None
        assert back.recovered.failed == ()
        back.switch("again")
        assert (back.path / "side.txt").read_text() == "of the side\n"
        assert back.verify().ok


def test_of_the_catalog_only_what_changed_is_sent_again(folder: Path, tmp_path: Path) -> None:
    place = MemoryStore("place")
    for number in range(300):
        (folder / f"more{number}.txt").write_text(
            " ".join(random.Random(number).choices([f"word{n}" for n in range(500)], k=600))
        )
    with audobon.Library.create(folder, "Mine", author="Ada <ada@example.org>") as lib:
        lib.add([folder])
        lib.snapshot(place)
        before = {stat.key for stat in place.list("packs/")}
        lib.edit(["more7.txt"], rating=4)
        lib.snapshot(place)
        size = lib.snapshots.list(place)[0].catalog.size
        sent = sum(stat.size for stat in place.list("packs/") if stat.key not in before)
        assert size > 1_000_000
        assert sent < size / 40
    with audobon.Library.recover(place, tmp_path / "home") as back:
        assert back.get("more7.txt").rating == 4
        assert back.verify().ok
