"""Files into a depot and out of it: only what is lacking, and every byte of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest

from audobon.errors import Cancelled, Corrupt
from audobon.services.depot import Depot, estimate, fetch, send
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks.layout import Transform
from audobon.storage.objects import MemoryStore

Depots = Callable[[str], Depot]


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def put(store: ChunkStore, *files: bytes) -> list[str]:
    with store.writer() as writer:
        return [writer.put_bytes(data).digest for data in files]


def keys(objects: MemoryStore, prefix: str) -> list[str]:
    return [stat.key for stat in objects.list(prefix)]


def test_every_byte_comes_back(here: ChunkStore, there: ChunkStore, depots: Depots) -> None:
    files = [b"", b"a", noise(3_000_000, 1), noise(40_000, 2), b"words " * 100_000]
    digests = put(here, *files)
    sent = send(depots("a"), here, digests)
    assert (sent.files, sent.lacking) == (len(files), ())
    fetched = fetch(depots("b"), there, digests)
    assert (fetched.files, fetched.lacking) == (len(files), ())
    assert [there.read(digest) for digest in digests] == files
    assert there.verify().ok
    assert fetch(depots("b"), there, digests).bytes == 0


def test_an_edit_sends_little_more_than_what_changed(here: ChunkStore, depots: Depots) -> None:
    data = bytearray(noise(6_000_000, 3))
    send(depots("a"), here, put(here, bytes(data)))
    data[3_000_000:3_000_010] = b"0123456789"
    digests = put(here, bytes(data))
    depot = depots("a")
    told = estimate(depot, here, digests)
    sent = send(depot, here, digests)
    assert sent.bytes < 600_000  # a chunk or two of 64 KiB, a recipe, two trailers
    assert 0.3 * told.bytes < sent.bytes < 3 * told.bytes
    assert estimate(depot, here, digests).bytes == send(depot, here, digests).bytes == 0


def test_a_repack_sends_nothing_again(here: ChunkStore, depots: Depots, tmp_path: Path) -> None:
    data = noise(500_000, 4)
    (digest,) = put(here, data)
    send(depots("a"), here, [digest])
    stream = tmp_path / "stream"
    stream.write_bytes(bytes(reversed(data)))
    here.replace(digest, stream, chain=(Transform("made-up", bytes.fromhex(digest)),))
    assert send(depots("a"), here, [digest]).packs == 0


def test_a_group_of_which_little_is_wanted_is_not_sent_whole(
    here: ChunkStore, there: ChunkStore, depots: Depots
) -> None:
    wanted, *rest = put(here, *(noise(30_000, 10 + n) for n in range(30)))
    assert send(depots("a"), here, [wanted]).bytes < 60_000
    fetch(depots("b"), there, [wanted, *rest])
    assert there.read(wanted) == here.read(wanted)
    assert there.missing(rest) == set(rest)


def test_what_is_neither_here_nor_there_is_told(here: ChunkStore, depots: Depots) -> None:
    nowhere = "ab" * 32
    (digest,) = put(here, b"x")
    assert send(depots("a"), here, [digest, nowhere]).lacking == (nowhere,)
    assert fetch(depots("b"), here, [nowhere]).lacking == (nowhere,)


_limits = count(1)


def _cut_off(call: Callable[[Callable[[], bool]], object]) -> bool:
    """Whether the call came to its end before it was cancelled, each time a little later."""
    left = iter(range(next(_limits)))
    try:
        call(lambda: next(left, None) is None)
    except Cancelled:
        return False
    return True


def test_cut_off_anywhere_it_goes_on(
    here: ChunkStore, there: ChunkStore, objects: MemoryStore, depots: Depots
) -> None:
    files = [noise(400_000, 20 + n) for n in range(4)]
    digests = put(here, *files)
    while not _cut_off(lambda cancel: send(depots("a"), here, digests, cancel=cancel)):
        pass
    while not _cut_off(lambda cancel: fetch(depots("b"), there, digests, cancel=cancel)):
        pass
    assert [there.read(digest) for digest in digests] == files
    # A trailer never stands there before its pack.
    packs = {key.removeprefix("packs/").removesuffix(".pack") for key in keys(objects, "packs/")}
    assert {key.removeprefix("index/") for key in keys(objects, "index/")} <= packs


def test_progress_ends_at_the_whole(here: ChunkStore, there: ChunkStore, depots: Depots) -> None:
    digests = put(here, noise(2_000_000, 31))
    told: list[tuple[int, int]] = []
    send(depots("a"), here, digests, progress=lambda done, total: told.append((done, total)))
    assert told
    assert all(0 < done <= total for done, total in told)
    told.clear()
    fetch(depots("b"), there, digests, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2_000_000, 2_000_000)


def test_lost_packs_are_sent_again(
    here: ChunkStore, there: ChunkStore, objects: MemoryStore, depots: Depots
) -> None:
    files = [noise(700_000, 40), noise(300_000, 41)]
    digests = put(here, *files)
    depot, behind = depots("a"), depots("c")
    for digest in digests:
        send(depot, here, [digest])
    behind.contents.refresh()
    for key in keys(objects, "packs/"):
        objects.delete(key)
    with pytest.raises(Corrupt, match="it is gone"):
        fetch(behind, there, digests)
    depot.contents.refresh()
    assert len(depot.contents.broken) == 2
    assert fetch(depots("b"), there, digests).lacking == tuple(sorted(digests))
    send(depot, here, digests)
    fetch(depots("b"), there, digests)
    assert [there.read(digest) for digest in digests] == files


def test_one_lost_pack_of_a_file_is_found_and_sent_again(
    here: ChunkStore, there: ChunkStore, objects: MemoryStore, depots: Depots
) -> None:
    (first,) = put(here, noise(2_000_000, 42))
    depot = depots("a")
    send(depot, here, [first])
    (lost,) = keys(objects, "packs/")
    data = noise(2_000_000, 42) + noise(2_000_000, 43)
    (second,) = put(here, data)
    send(depot, here, [second])
    objects.delete(lost)
    with pytest.raises(Corrupt, match=f"lacks .* the packs {lost[6:-5]} are lost"):
        fetch(depots("b"), there, [second])
    depot.contents.refresh()
    assert send(depot, here, [second]).packs
    fetch(depots("b"), there, [second])
    assert there.read(second) == data


@pytest.mark.parametrize("prefix", ["packs/", "index/"])
@pytest.mark.parametrize("where", ["first", "middle", "last", "short", "other"])
def test_a_depot_that_lies_gives_no_other_bytes(
    here: ChunkStore,
    there: ChunkStore,
    objects: MemoryStore,
    depots: Depots,
    prefix: str,
    where: str,
) -> None:
    files = [noise(300_000, 50), b"some words " * 20_000]
    digests = [put(here, data)[0] for data in files]
    for digest in digests:
        send(depots("a"), here, [digest])
    one, other = keys(objects, prefix)
    data = bytearray(objects.get(one))
    if where == "other":
        data = bytearray(objects.get(other))
    elif where == "short":
        del data[len(data) // 2 :]
    else:
        data[{"first": 16, "middle": len(data) // 2, "last": -60}[where] % len(data)] ^= 1
    objects.put(one, bytes(data))
    told = one.rpartition("/")[2].removesuffix(".pack")
    # A pack of another size is one that is not there; its end is not asked for what it tells.
    seen = prefix == "index/" or where in ("first", "middle")
    with pytest.raises(Corrupt, match=told) if seen else nullcontext():
        fetch(depots("b"), there, digests)
    for digest, sound in zip(digests, files, strict=True):
        if there.has(digest):
            assert there.read(digest) == sound
    assert there.verify().ok


def test_a_recipe_of_another_file_is_not_taken_in(
    here: ChunkStore, there: ChunkStore, depots: Depots, tmp_path: Path
) -> None:
    (sound,) = put(here, noise(100_000, 60))
    other = "cd" * 32
    recipe, _ = here.recipe(sound)
    with here.taker() as taker:
        taker.take_recipe(other, recipe)  # as one who may write to the depot could send it
    send(depots("a"), here, [other])
    with pytest.raises(Corrupt, match=other):
        fetch(depots("b"), there, [other])
    assert not there.has(other)
