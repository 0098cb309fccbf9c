"""What nobody needs leaves the packs, and nothing else does."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import Cancelled, Corrupt, ReadOnly
from audobon.storage.chunks import ChunkStore, Swept
from audobon.storage.chunks.layout import (
    KIND_CHUNKS,
    KIND_RECIPES,
    PACK_SUFFIX,
    Recipe,
    encode_recipe,
)
from audobon.storage.chunks.packs import PackWriter, hash_id

DAY = 86_400.0
GRACE = 14 * DAY


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def put(store: ChunkStore, *files: bytes) -> list[str]:
    """Store files, each in a pack of its own."""
    digests = []
    for data in files:
        with store.writer() as writer:
            digests.append(writer.put_bytes(data).digest)
    return digests


def sweep(store: ChunkStore, wanted: Iterable[str], *, day: float, grace: float = GRACE) -> Swept:
    return store.collect(wanted, now=day * DAY, grace_s=grace)


def packs(store: ChunkStore) -> set[str]:
    return {path.name for path in (store.folder / "packs").iterdir()}


def must_hold(store: ChunkStore, *files: bytes) -> None:
    """The store and a fresh one over the same packs give exactly these files."""
    wanted = sorted(hashlib.sha256(data).hexdigest() for data in files)
    for again in (False, True):
        if again:
            store.rebuild_index()
        assert list(store.digests()) == wanted
        for data in files:
            assert store.read(hashlib.sha256(data).hexdigest()) == data
        assert store.verify().problems == ()


def test_it_goes_after_the_grace_period_and_not_before(store: ChunkStore) -> None:
    kept, old = noise(300_000, 1), noise(300_000, 2)
    (wanted, _) = put(store, kept, old)
    before = store.stats().stored_bytes
    for day in (0, 1, 13.9):
        done = sweep(store, [wanted], day=day)
        assert (done.files, done.waiting, done.packs) == (0, 1, 0)
    must_hold(store, kept, old)
    done = sweep(store, [wanted], day=14)
    assert (done.files, done.waiting, done.packs) == (1, 0, 1)
    assert done.bytes_before == before
    assert done.bytes_after == store.stats().stored_bytes < before * 0.6
    must_hold(store, kept)


def test_what_is_wanted_again_begins_anew(store: ChunkStore) -> None:
    data = noise(100_000, 3)
    (digest,) = put(store, data)
    sweep(store, [], day=0)
    sweep(store, [digest], day=13)
    assert sweep(store, [], day=14).waiting == 1
    assert sweep(store, [], day=27).waiting == 1
    must_hold(store, data)
    assert sweep(store, [], day=28).files == 1
    must_hold(store)


def test_what_is_stored_again_begins_anew(store: ChunkStore) -> None:
    """git-lfs has uploaded the file once more and git has not moved the branch yet."""
    data = noise(100_000, 4)
    put(store, data)
    sweep(store, [], day=0)
    put(store, data)
    assert sweep(store, [], day=20).files == 0
    must_hold(store, data)
    assert sweep(store, [], day=34).files == 1


def test_shared_chunks_stay(store: ChunkStore) -> None:
    old = noise(2_000_000, 5)
    new = old[:1_000_000] + noise(50_000, 6) + old[1_000_000:]
    _, wanted = put(store, old, new)
    sweep(store, [wanted], day=0)
    done = sweep(store, [wanted], day=14)
    assert done.files == 1
    must_hold(store, new)
    assert store.stats().stored_bytes < 2_200_000


def test_new_packs_are_right_after_a_partial_rewrite(store: ChunkStore) -> None:
    files = [noise(90_000 + 977 * n, n) for n in range(12)]
    with store.writer() as writer:
        digests = [writer.put_bytes(data).digest for data in files]
    assert len(packs(store)) == 1
    sweep(store, digests[::3], day=0)
    sweep(store, digests[::3], day=14)
    must_hold(store, *files[::3])


def test_a_little_garbage_is_not_worth_a_rewrite(store: ChunkStore) -> None:
    """A superseded recipe leaves chunks: under a tenth of a pack they stay."""
    big, small = noise(3_000_000, 7), noise(100_000, 8)
    with store.writer() as writer:
        wanted = [writer.put_bytes(data).digest for data in (big, small)]
    supersede(store, small, wanted[1])
    before = packs(store)
    for day in (0, 30):
        assert sweep(store, wanted, day=day).packs == 0
    assert packs(store) == before


def supersede(store: ChunkStore, data: bytes, digest: str) -> None:
    """Give a file another recipe, of rank 1, over chunks of its own: as a repack does."""
    half = len(data) // 2 + 1
    parts = [data[:half], data[half:]]
    ids, lengths = b"".join(hash_id(part) for part in parts), [len(part) for part in parts]
    pack = PackWriter(store.folder / "packs", serial=99)
    pack.add(KIND_CHUNKS, data, ids=ids, lengths=tuple(lengths))
    record = encode_recipe(Recipe(len(data), ids, lengths))
    pack.add(
        KIND_RECIPES, record, ids=bytes.fromhex(digest), lengths=(len(record),),
        extra=((len(data), 1),),
    )  # fmt: skip
    pack.seal()
    pack.publish()
    with store.writer():
        pass  # takes in what it does not know


def test_only_the_recipe_that_counts_keeps_its_chunks(store: ChunkStore) -> None:
    data = noise(200_000, 9)
    (digest,) = put(store, data)
    (old,) = packs(store)
    supersede(store, data, digest)
    assert sweep(store, [digest], day=0).packs == 0, "a reader may be at the old chunks"
    assert sweep(store, [digest], day=14).packs == 1
    assert old not in packs(store)
    must_hold(store, data)


def test_gathering_small_packs_does_not_shorten_the_grace(store: ChunkStore) -> None:
    files = [noise(20_000, n) for n in range(12)]
    digests = put(store, *files)
    for data, digest in zip(files, digests, strict=True):
        supersede(store, data, digest)
    before = packs(store)
    assert len(before) == 24
    done = sweep(store, digests, day=0)
    assert len(packs(store) & before) == 12, "a reader may be at the old chunks"
    assert done.packs == 12
    sweep(store, digests, day=14)
    assert not packs(store) & before
    must_hold(store, *files)


def test_many_small_packs_become_few(store: ChunkStore) -> None:
    files = [noise(20_000, n) for n in range(30)]
    digests = put(store, *files)
    assert len(packs(store)) == 30
    done = sweep(store, digests, day=0)
    assert done.packs == 30
    assert len(packs(store)) == 1
    must_hold(store, *files)
    assert sweep(store, digests, day=0).packs == 0


def test_a_dry_run_says_the_same_and_does_nothing(store: ChunkStore) -> None:
    files = [noise(200_000, n) for n in range(6)]
    digests = put(store, *files)
    there = {path: path.read_bytes() for path in store.folder.rglob("*.pack")}
    told = store.collect(digests[:2], now=0, grace_s=0, dry_run=True)
    assert {path: path.read_bytes() for path in store.folder.rglob("*.pack")} == there
    assert not (store.folder / "garbage.json").exists()
    done = store.collect(digests[:2], now=0, grace_s=0)
    assert (told.files, told.packs, told.bytes_before) == (4, 4, done.bytes_before)
    assert abs(told.bytes_after - done.bytes_after) < 2_000
    must_hold(store, *files[:2])


def test_a_reader_in_the_middle_of_a_file_goes_on(store: ChunkStore) -> None:
    data, other = noise(12_000_000, 10), noise(12_000_000, 11)
    with store.writer() as writer:
        wanted = writer.put_bytes(data).digest
        writer.put_bytes(other)
    with ChunkStore(store.folder) as elsewhere:
        blocks = elsewhere.open(wanted)
        first = bytes(next(blocks))
        elsewhere._open_reader().forget()  # as if its packs had been closed since
        assert store.collect([wanted], now=0, grace_s=0).packs == 1
        assert first + b"".join(blocks) == data
        assert elsewhere.has(wanted)
        assert not elsewhere.has(hashlib.sha256(other).hexdigest())


def test_a_store_that_was_open_stores_again_what_is_gone(store: ChunkStore) -> None:
    data = noise(150_000, 12)
    with ChunkStore(store.folder) as elsewhere:
        (digest,) = put(elsewhere, data)
        name = packs(store)
        store.collect([], now=0, grace_s=0)
        assert packs(store) == set()
        assert not elsewhere.has(digest)
        put(elsewhere, data)
        assert packs(store) == name, "equal bytes make an equal pack"
        must_hold(elsewhere, data)


def test_a_pack_that_could_not_be_removed_is_not_taken_in_again(store: ChunkStore) -> None:
    data = noise(150_000, 13)
    put(store, data)
    (path,) = (store.folder / "packs").iterdir()
    kept = path.read_bytes()
    store.collect([], now=0, grace_s=0)
    path.write_bytes(kept)  # Windows removes no file that is open
    with ChunkStore(store.folder) as again:
        assert list(again.digests()) == []
        again.collect([], now=0, grace_s=0)
        assert list(again.digests()) == []
    assert packs(store) == set() or packs(store) == {path.name}
    put(store, data)
    must_hold(store, data)


def test_damage_stops_it_before_anything_goes(store: ChunkStore) -> None:
    kept, old = noise(400_000, 14), noise(400_000, 15)
    with store.writer() as writer:
        wanted = writer.put_bytes(kept).digest
        writer.put_bytes(old)
    (path,) = (store.folder / "packs").iterdir()
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(Corrupt, match="so nothing is collected"):
        store.collect([wanted], now=0, grace_s=0)
    assert packs(store) == {path.name}
    data[1000] ^= 1
    path.write_bytes(data)
    must_hold(store, kept, old)


def test_a_stop_removes_nothing(store: ChunkStore) -> None:
    files = [noise(50_000, n) for n in range(5)]
    put(store, *files)
    for stop_at in range(3):
        asked = iter([False] * stop_at + [True] * 100)
        with pytest.raises(Cancelled):
            store.collect([], now=0, grace_s=0, cancel=lambda asked=asked: next(asked))  # type: ignore[misc]
        must_hold(store, *files)


def test_a_store_for_reading_collects_only_dry(store: ChunkStore) -> None:
    put(store, noise(50_000, 16))
    with ChunkStore(store.folder, read_only=True) as reading:
        assert reading.collect([], now=0, grace_s=0, dry_run=True).files == 1
        with pytest.raises(ReadOnly):
            reading.collect([], now=0, grace_s=0)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": {"zz": 1}, "packs": {}}'])
def test_lost_notes_make_it_wait_longer(store: ChunkStore, text: str) -> None:
    put(store, noise(50_000, 17))
    sweep(store, [], day=0)
    (store.folder / "garbage.json").write_text(text)
    assert sweep(store, [], day=20).files == 0
    assert sweep(store, [], day=34).files == 1


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_order_of_storing_and_collecting(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    base = noise(600_000, 99)
    files = {n: base[n * 30_000 : n * 30_000 + 200_000] + noise(9_000, n) for n in range(10)}
    digests = {n: hashlib.sha256(file).hexdigest() for n, file in files.items()}
    folder = tmp_path_factory.mktemp("store")
    day, wanted, there = 0.0, set[int](), set[int]()
    unneeded: dict[int, float] = {}
    with ChunkStore(folder) as store:
        for _ in range(data.draw(st.integers(1, 8))):
            if data.draw(st.booleans()):
                new = data.draw(st.sets(st.integers(0, 9), max_size=4))
                with store.writer() as writer:
                    for n in new:
                        writer.put_bytes(files[n])
                        unneeded.pop(n, None)
                wanted |= new
                there |= new
            else:
                wanted &= data.draw(st.sets(st.integers(0, 9)))
                day += data.draw(st.sampled_from([0.0, 5.0, 20.0]))
                for n in there - wanted:
                    unneeded.setdefault(n, day)
                for n in wanted:
                    unneeded.pop(n, None)
                gone = {n for n, since in unneeded.items() if day - since >= 14}
                done = sweep(store, [digests[n] for n in wanted], day=day)
                assert (done.files, done.waiting) == (len(gone), len(there - wanted - gone))
                there -= gone
                for n in gone:
                    del unneeded[n]
            assert set(store.digests()) == {digests[n] for n in there}
            for n in there:
                assert store.read(digests[n]) == files[n]
        must_hold(store, *(files[n] for n in there))
    assert not list(Path(folder).rglob("*.tmp"))
    assert {p.suffix for p in (folder / "packs").iterdir()} <= {PACK_SUFFIX}
