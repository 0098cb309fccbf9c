"""Lists of large files: kept in parts, of which a small change stores few anew."""

from __future__ import annotations

import random
from pathlib import Path

import blake3
import pytest
from chunk_data import flip, noise, sha256
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import Corrupt
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks.layout import (
    ENTRY,
    ID_SIZE,
    KIND_CHUNKS,
    KIND_RECIPES,
    Outline,
    Recipe,
    decode_recipe,
    encode_recipe,
)
from audobon.storage.chunks.lists import LISTED, list_parts, needed_ids, split_ids
from audobon.storage.chunks.packs import PackWriter, hash_id

LARGE = 14_000_000


def recipe_of(count: int, seed: int = 0) -> Recipe:
    chance = random.Random(seed)
    lengths = [chance.randrange(1, 1 << 18) for _ in range(count)]
    return Recipe(sum(lengths), chance.randbytes(count * ID_SIZE), lengths)


def put(store: ChunkStore, data: bytes) -> str:
    with store.writer() as writer:
        return writer.put_bytes(data).digest


def packs(store: ChunkStore) -> dict[Path, int]:
    return {path: path.stat().st_size for path in (store.folder / "packs").glob("*.pack")}


def edited(data: bytes, at: int) -> bytes:
    return data[:at] + b"another thousand bytes " * 40 + data[at + 920 :]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 700), st.integers(0, 1000))
def test_parts_join_to_the_list(count: int, seed: int) -> None:
    recipe = recipe_of(count, seed)
    parts = list(list_parts(recipe))
    assert sum(map(len, parts)) == count * ENTRY
    assert all(8 * ENTRY <= len(part) <= 128 * ENTRY for part in parts[:-1])
    named = b"".join(hash_id(part) for part in parts)
    record = encode_recipe(Recipe(recipe.size, recipe.ids, recipe.lengths, parts=named))
    outline = decode_recipe(record)
    assert isinstance(outline, Outline)
    found = outline.filled(parts)
    assert (found.ids, list(found.lengths), found.parts) == (recipe.ids, recipe.lengths, named)
    assert needed_ids(found) == split_ids(recipe.ids) + split_ids(named)
    with pytest.raises(Corrupt):
        outline.filled([*parts, parts[0]])
    with pytest.raises(Corrupt):
        outline.filled([*parts[:-1], parts[-1][:-1]])


@pytest.mark.parametrize("at", [0, 1, 777, 1999])
def test_a_changed_chunk_changes_a_part_or_two(at: int) -> None:
    recipe = recipe_of(2000)
    before = set(list_parts(recipe))
    ids = split_ids(recipe.ids)
    ids[at : at + 1] = [random.Random(at).randbytes(ID_SIZE)] * 2  # one became two
    lengths = [*recipe.lengths[:at], 1, 2, *recipe.lengths[at + 1 :]]
    after = list(list_parts(Recipe(sum(lengths), b"".join(ids), lengths)))
    assert 1 <= len(set(after) - before) <= 3
    assert len(after) > 30


def test_a_small_change_of_a_large_file_stores_little_of_its_list(store: ChunkStore) -> None:
    data = noise(4 * LARGE)
    first = put(store, data)
    assert store.recipe(first)[0].parts
    before = packs(store)
    second = put(store, edited(data, 2 * LARGE))
    (new,) = packs(store).keys() - before.keys()
    _, _, groups = _groups(new)
    lists = [group for group in groups[1:-1] if group.kind == KIND_CHUNKS]
    assert sum(group.raw for group in lists) + groups[-1].raw < 12_000
    assert len(store.recipe(second)[0].ids) * ENTRY // ID_SIZE > 20_000  # all of it
    assert store.read(first) == data
    assert store.read(second) == edited(data, 2 * LARGE)
    assert store.verify().ok


def _groups(path: Path) -> tuple[Path, int, tuple]:  # type: ignore[type-arg]
    from audobon.storage.chunks.packs import read_trailer

    groups, size = read_trailer(path)
    return path, size, groups


def test_the_index_is_made_anew_with_lists_that_lie_in_older_packs(store: ChunkStore) -> None:
    data = noise(LARGE)
    digests = [put(store, data), put(store, edited(data, 9_000_000))]
    stats = store.stats()
    store.rebuild_index()
    assert store.stats() == stats
    assert store.missing(digests) == frozenset()
    with ChunkStore(store.folder, read_only=True) as other:
        assert other.read(digests[1]) == edited(data, 9_000_000)


def test_a_collection_keeps_what_lists_of_kept_files_share(store: ChunkStore) -> None:
    data = noise(LARGE)
    first, second = put(store, data), put(store, edited(data, 9_000_000))
    for _ in range(2):  # once it is noted, then it goes
        store.collect([second], now=1e9, grace_s=0)
    assert not store.has(first)
    assert store.read(second) == edited(data, 9_000_000)
    assert store.verify().ok
    wanted = needed_ids(store.recipe(second)[0])
    assert store.stats().chunks == len(set(wanted))  # nor is anything left of the other's list


def test_erasing_lets_go_of_the_list_too(store: ChunkStore) -> None:
    data = noise(LARGE)
    first, second = put(store, data), put(store, edited(data, 9_000_000))
    lists = set(split_ids(store.recipe(first)[0].parts))
    shared = set(split_ids(store.recipe(second)[0].parts))
    owned = store.owned([first]).chunks
    assert lists - shared
    assert lists - shared <= owned
    assert not shared & owned
    store.erase([first])
    left = {item for _, item in store.items()}
    assert not left & owned
    assert shared <= left
    assert store.read(second) == edited(data, 9_000_000)


def test_a_damaged_list_is_found_and_healed_by_storing_the_file_again(store: ChunkStore) -> None:
    data = noise(LARGE)
    digest = put(store, data)
    (pack,) = packs(store)
    _, _, groups = _groups(pack)
    place = groups[-2]  # before the recipe
    assert place.ids == b"".join(dict.fromkeys(split_ids(store.recipe(digest)[0].parts)))
    flip(pack, place.offset + place.stored // 2)
    with ChunkStore(store.folder) as other:
        with pytest.raises(Corrupt, match=pack.stem):
            other.read(digest)
        (problem,) = other.verify().problems
        assert problem.pack == pack.stem
        assert other.quarantine(pack.stem) == (digest,)
        assert not other.has(digest)
        with pytest.raises(Corrupt, match="lacks a part of the list"):
            other.read(digest)
        put(other, data)
        assert other.read(digest) == data
        assert other.verify().ok


def test_a_list_that_stands_in_its_record_is_read_as_before(tmp_path: Path) -> None:
    """As this store wrote them until lists had parts."""
    pieces = [noise(1000, seed=number) for number in range(2 * LISTED)]
    data = b"".join(pieces)
    ids = b"".join(blake3.blake3(piece).digest() for piece in pieces)
    record = encode_recipe(Recipe(len(data), ids, [1000] * len(pieces)))
    assert record[0] == 1
    folder = tmp_path / "chunks" / "packs"
    folder.mkdir(parents=True)
    pack = PackWriter(folder, serial=1)
    pack.add(KIND_CHUNKS, data, ids=ids, lengths=(1000,) * len(pieces))
    key = bytes.fromhex(sha256(data))
    pack.add(KIND_RECIPES, record, ids=key, lengths=(len(record),), extra=((len(data), 0),))
    pack.seal()
    pack.publish()
    with ChunkStore(tmp_path / "chunks") as store:
        assert store.read(sha256(data)) == data
        assert store.stats().chunks == len(pieces)
        put(store, data)  # cut as a writer cuts it
        assert store.read(sha256(data)) == data


def test_a_part_that_is_none_is_refused(store: ChunkStore) -> None:
    """A chunk with other bytes in the place of a list, as a hostile place could send it."""
    with store.writer() as writer:
        digest = writer.put_bytes(b"not a list").digest
    chunk = store.recipe(digest)[0].ids
    outline = encode_recipe(Recipe(5, chunk, [5], parts=chunk))
    with pytest.raises(Corrupt):
        store._open_reader().filled(decode_recipe(outline), b"\0" * 32)
