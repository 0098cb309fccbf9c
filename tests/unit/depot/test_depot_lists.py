"""Large files, whose lists of chunks are chunks too, into a depot and out of it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from audobon.errors import Corrupt
from audobon.services.depot import Depot, estimate, fetch, send
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks.layout import KIND_CHUNKS
from audobon.storage.chunks.lists import needed_ids, split_ids
from audobon.storage.objects import MemoryStore

Depots = Callable[[str], Depot]

DATA = random.Random(7).randbytes(14_000_000)
EDITED = DATA[:9_000_000] + b"a thousand bytes or so " * 40 + DATA[9_000_920:]


def put(store: ChunkStore, data: bytes) -> str:
    with store.writer() as writer:
        return writer.put_bytes(data).digest


def counted(objects: MemoryStore) -> list[int]:
    """The sizes of what is asked for from now on."""
    asked: list[int] = []
    get = objects.get

    def counting(key: str, start: int = 0, end: int | None = None) -> bytes:
        data = get(key, start, end)
        asked.append(len(data))
        return data

    objects.get = counting  # type: ignore[method-assign]
    return asked


def test_an_edit_sends_a_chunk_and_a_part_of_the_list(
    here: ChunkStore, there: ChunkStore, depots: Depots
) -> None:
    depot = depots("a")
    send(depot, here, [put(here, DATA)])
    digest = put(here, EDITED)
    told = estimate(depot, here, [digest]).bytes
    ids = needed_ids(here.recipe(digest)[0])
    new = set(ids) - depot.contents.known(ids)
    parts = new & set(split_ids(here.recipe(digest)[0].parts))
    assert 1 <= len(parts) <= 2
    sent = send(depot, here, [digest]).bytes
    assert 0.9 * told < sent < 1.1 * told
    assert estimate(depot, here, [digest]).bytes == send(depot, here, [digest]).bytes == 0
    fetch(depots("b"), there, [digest])
    assert there.read(digest) == EDITED
    assert there.recipe(digest)[0] == here.recipe(digest)[0]
    assert there.verify().ok


def test_the_list_is_read_without_the_file(
    here: ChunkStore, objects: MemoryStore, depots: Depots
) -> None:
    digest = put(here, DATA)
    send(depots("a"), here, [digest])
    depot = depots("b")
    asked = counted(objects)
    recipe = depot.contents.recipe(digest)
    assert recipe is not None
    assert recipe.ids == here.recipe(digest)[0].ids
    assert sum(asked) < 40_000


def test_parts_that_many_edits_left_are_asked_for_once(
    here: ChunkStore, objects: MemoryStore, depots: Depots
) -> None:
    depot, data, digests = depots("a"), bytearray(DATA), []
    for number in range(12):
        data[1_000_000 * number + 5 : 1_000_000 * number + 9] = b"edit"
        digests.append(put(here, bytes(data)))
        send(depot, here, [digests[-1]])
    fresh = depots("b")
    asked = counted(objects)
    for digest in reversed(digests):
        recipe = fresh.contents.recipe(digest)
        assert recipe is not None
        assert recipe.ids == here.recipe(digest)[0].ids
    assert len(asked) <= 2 * len(digests)  # a record and what it has of the list, each once


def test_a_lost_part_of_a_list_is_told_and_sent_again(
    here: ChunkStore, there: ChunkStore, objects: MemoryStore, depots: Depots
) -> None:
    depot = depots("a")
    send(depot, here, [put(here, DATA)])
    first = {stat.key for stat in objects.list("packs/")}
    digest = put(here, EDITED)
    send(depot, here, [digest])
    for key in first:
        objects.delete(key)
    with pytest.raises(Corrupt, match=r"lacks .* lost"):
        fetch(depots("b"), there, [digest])
    assert not there.has(digest)
    depot.contents.refresh()
    assert not depot.contents.whole([digest])
    send(depot, here, [digest])
    fetch(depots("c"), there, [digest])
    assert there.read(digest) == EDITED


def test_a_list_of_other_bytes_is_refused(
    here: ChunkStore, there: ChunkStore, objects: MemoryStore, depots: Depots
) -> None:
    digest = put(here, DATA)
    send(depots("a"), here, [digest])
    depot = depots("b")
    (spot,) = depot.contents.spots(split_ids(here.recipe(digest)[0].parts)).values()
    assert spot.group.kind == KIND_CHUNKS
    assert spot.group.raw < 20_000  # by itself, without chunks of the file
    key = f"packs/{spot.pack}.pack"
    data = bytearray(objects.get(key))
    data[spot.group.offset + spot.group.stored // 2] ^= 1
    objects.put(key, bytes(data))
    with pytest.raises(Corrupt, match=spot.pack):
        fetch(depots("c"), there, [digest])
    assert not there.has(digest)
    assert there.verify().ok


def test_parts_that_are_here_are_not_asked_for(
    here: ChunkStore, there: ChunkStore, objects: MemoryStore, depots: Depots
) -> None:
    first, second = put(here, DATA), put(here, EDITED)
    send(depots("a"), here, [first])
    fetch(depots("b"), there, [first])
    depot = depots("c")
    asked = counted(objects)
    send(depot, here, [second])
    for digest in (first, second):
        recipe = depot.contents.recipe(digest)
        assert recipe is not None
        assert recipe.ids == here.recipe(digest)[0].ids
    assert sum(asked) < 5_000  # records of files alone
    asked.clear()
    fetch(depots("d"), there, [second])
    assert there.read(second) == EDITED
    assert len(asked) <= 5  # of packs: the record, one part or two, a chunk or two
