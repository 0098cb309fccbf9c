"""Small packs of the chunk store become large ones; nothing in them is dropped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks import gather as gathering
from audobon.storage.chunks.garbage import Garbage


def fill(store: ChunkStore, count: int, size: int = 3000) -> dict[str, bytes]:
    """``count`` files, each in a pack of its own."""
    held = {}
    for _ in range(count):
        data = os.urandom(size)
        with store.writer() as writer:
            held[writer.put_bytes(data).digest] = data
    return held


def packs(store: ChunkStore) -> set[str]:
    return {path.name for path in (store.folder / "packs").iterdir()}


def test_small_packs_become_one_and_every_file_comes_back(tmp_path: Path) -> None:
    with ChunkStore(tmp_path / "chunks") as store, ChunkStore(tmp_path / "chunks") as other:
        held = fill(store, 10)
        assert {other.read(digest) for digest in list(held)[:3]} <= set(held.values())
        assert store.small_packs() == 10
        assert store.gather() == 10
        assert len(packs(store)) == 1
        for reader in (store, other):  # the other one had the old packs open
            assert {digest: reader.read(digest) for digest in held} == held
        store.rebuild_index()
        assert {digest: store.read(digest) for digest in held} == held
        assert store.verify().ok


def test_large_packs_rest(tmp_path: Path) -> None:
    with ChunkStore(tmp_path / "chunks") as store:
        fill(store, 1, size=5 << 20)
        large = packs(store)
        fill(store, 3)
        store.gather()
        assert large < packs(store)
        assert len(packs(store)) == 2


def test_one_that_has_grown_rests_until_the_others_have(tmp_path: Path) -> None:
    with ChunkStore(tmp_path / "chunks") as store:
        fill(store, 20)
        store.gather()
        (grown,) = packs(store)
        fill(store, 4)
        assert store.gather() == 4
        assert grown in packs(store)
        assert store.gather() == 0
        fill(store, 8)
        assert store.gather() == 10
        assert len(packs(store)) == 1


def test_a_repacked_file_keeps_its_form_whatever_the_order(tmp_path: Path) -> None:
    from audobon.testing.blend_file import BlendId, blend_bytes

    data = blend_bytes([BlendId("OB", f"Thing{number}") for number in range(200)])
    with ChunkStore(tmp_path / "chunks") as store:
        with store.writer() as writer:
            digest = writer.put_bytes(data).digest
        assert store.repack(digest) is not None
        form = store.transforms(digest)
        store.gather()
        store.rebuild_index()
        assert store.transforms(digest) == form != ()
        assert store.read(digest) == data


def test_a_damaged_pack_and_one_whose_garbage_waits_stay(tmp_path: Path) -> None:
    with ChunkStore(tmp_path / "chunks") as store:
        fill(store, 2)
        hurt, waiting = sorted((store.folder / "packs").iterdir())
        held = fill(store, 3)
        data = bytearray(hurt.read_bytes())
        data[20] ^= 1
        hurt.write_bytes(data)
        Garbage({}, {waiting.stem: 1.0}).save(store.folder)
        assert store.gather() == 3
        assert {hurt.name, waiting.name} < packs(store)
        assert {digest: store.read(digest) for digest in held} == held
        assert [problem.pack for problem in store.verify().problems] == [hurt.stem]


@pytest.mark.parametrize("moment", ["exchange", "_unlink"])
def test_cut_off_it_leaves_every_file_and_goes_on(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with ChunkStore(tmp_path / "chunks") as store:
        held = fill(store, 5)
        with monkeypatch.context() as cut:
            place = gathering if moment == "_unlink" else store._index
            cut.setattr(*((place, moment) if place is gathering else (type(place), moment)), die)
            with pytest.raises(Killed):
                store.gather()
    with ChunkStore(tmp_path / "chunks") as store:
        assert {digest: store.read(digest) for digest in held} == held
        store.gather()
        assert {digest: store.read(digest) for digest in held} == held
        assert store.small_packs() == 1
        store.rebuild_index()
        assert store.verify().ok


def test_commits_in_a_row_ask_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audobon import Library

    monkeypatch.setattr("audobon.services.core.queue._MANY_PACKS", 5)
    note = tmp_path / "note.txt"
    with Library.create(tmp_path) as library:
        for number in range(8):
            note.write_text(f"{number}\n" * 100)
            library.add([note])
            library.commit(f"version {number}")
        assert "pack" in {job.kind for job in library.jobs("queued")}
        library.work()
        assert {job.state for job in library.jobs() if job.kind == "pack"} == {"done"}
        assert len(list((tmp_path / ".audobon" / "chunks" / "packs").iterdir())) == 1
        for number, version in enumerate(reversed(library.log())):
            library.restore("note.txt", version.id, tmp_path / "out")
            assert (tmp_path / "out").read_text() == f"{number}\n" * 100
        assert library.verify().ok
