"""Sealed objects: any size and range comes back, and whatever is changed is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_support import all_bytes, sealed_pair, some_keys

from audobon.errors import AudobonError, Conflict, Corrupt, Invalid, NewerFormat, NotFound
from audobon.storage.objects import MemoryStore
from audobon.storage.vault import SealedStore
from audobon.storage.vault.frames import FRAME, HEAD, Shape, padded

EDGES = (0, 1, 1023, 1024, 1025, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 17)


def _pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(st.sampled_from(EDGES), st.integers(0, 5 * FRAME)),
    st.integers(0, 5 * FRAME + 10),
    st.one_of(st.none(), st.integers(0, 5 * FRAME + 10)),
)
def test_every_range_of_every_size_comes_back(size: int, start: int, end: int | None) -> None:
    inner, store = sealed_pair()
    data = _pattern(size)
    put = store.put("packs/one", data)
    assert (put.size, store.stat("packs/one")) == (size, put)
    assert store.get("packs/one") == data
    assert store.get("packs/one", start, end) == data[start:end]
    (there,) = inner.list()
    assert there.size == Shape.of_plain(size).stored
    assert Shape.of_stored(there.size) == Shape.of_plain(size)


def test_files_of_many_frames_go_in_and_come_out(tmp_path: Path) -> None:
    _, store = sealed_pair()
    source, target = tmp_path / "source", tmp_path / "target"
    # More than is sealed in memory.
    source.write_bytes(_pattern(5 << 20) + b"end")
    put = store.put("packs/large", source)
    assert store.fetch("packs/large", target) == put
    assert target.read_bytes() == source.read_bytes()
    assert store.get("packs/large", (5 << 20) - 2) == _pattern(5 << 20)[-2:] + b"end"
    assert {path.name for path in tmp_path.iterdir()} == {"source", "target"}


def test_a_range_reads_only_its_frames() -> None:
    class Counting(MemoryStore):
        read = 0

        def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
            data = super().get(key, start, end)
            self.read += len(data)
            return data

    inner = Counting()
    store = SealedStore(inner, some_keys())
    store.put("packs/one", _pattern(40 * FRAME))
    assert (
        store.get("packs/one", 20 * FRAME + 5, 20 * FRAME + 9)
        == _pattern(40 * FRAME)[20 * FRAME + 5 : 20 * FRAME + 9]
    )
    assert inner.read < 2 * FRAME


def test_every_flipped_bit_is_found() -> None:
    inner, store = sealed_pair()
    store.put("refs/main", b"12345")
    (sealed,) = inner.list()
    data = inner.get(sealed.key)
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        inner.put(sealed.key, bytes(changed))
        with pytest.raises(
            (Corrupt, Conflict, NewerFormat)
        ):  # a key or a version that is not known
            store.get("refs/main")
    inner.put(sealed.key, data)
    assert store.get("refs/main") == b"12345"


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_every_change_of_a_large_object_is_found(data: st.DataObject) -> None:
    inner, store = sealed_pair()
    store.put("packs/one", _pattern(3 * FRAME + 100))
    (sealed,) = inner.list()
    whole = inner.get(sealed.key)
    at = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(whole)
    changed[at] ^= 1 << bit
    inner.put(sealed.key, bytes(changed))
    with pytest.raises((Corrupt, Conflict, NewerFormat)):
        store.get("packs/one")
    frame = max(0, at - HEAD) // (FRAME + 28)
    with pytest.raises((Corrupt, Conflict, NewerFormat)):
        store.get("packs/one", frame * FRAME, frame * FRAME + 1)


def _frames(data: bytes) -> tuple[bytes, list[bytes]]:
    body = data[HEAD:]
    return data[:HEAD], [body[at : at + FRAME + 28] for at in range(0, len(body), FRAME + 28)]


def test_frames_cannot_be_swapped_cut_added_or_moved() -> None:
    inner, store = sealed_pair()
    store.put("packs/one", _pattern(4 * FRAME))
    store.put("packs/two", _pattern(4 * FRAME))
    one, two = (each.key for each in inner.list())
    if all(key != "packs/one" for stat, key in store.sealed() if stat.key == one):
        one, two = two, one
    head, frames = _frames(inner.get(one))
    _, others = _frames(inner.get(two))
    changed = {
        "swapped": [frames[1], frames[0], *frames[2:]],
        "cut": frames[:-1],
        "cut in a frame": [*frames[:-1], frames[-1][:-5]],
        "none left": [],
        "twice": [*frames, frames[-1]],
        "of another object": [others[0], *frames[1:]],
    }
    for what, kept in changed.items():
        fresh = MemoryStore()
        keys = store._keys
        fresh.put(one, head + b"".join(kept))
        fresh.put(two, head + b"".join(kept))
        other = SealedStore(fresh, keys)
        for name in ("packs/one", "packs/two"):
            with pytest.raises(Corrupt):
                other.get(name)
            with pytest.raises(Corrupt):
                other.get(name, 0, 10)
        assert [each.key for each in other.list()] == ["packs/one", "packs/two"], what


def test_an_object_is_not_taken_for_another_one(tmp_path: Path) -> None:
    inner, store = sealed_pair()
    store.put("refs/main", b"1")
    store.put("refs/other", b"2")
    one, two = all_bytes(inner)
    first, second = inner.get(one), inner.get(two)
    inner.put(one, second)
    inner.put(two, first)
    for name in ("refs/main", "refs/other"):
        with pytest.raises(Corrupt):
            store.get(name)
        with pytest.raises(Corrupt):
            store.stat(name)
        with pytest.raises(Corrupt):
            store.fetch(name, tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


def test_an_older_object_of_the_same_name_is_taken() -> None:
    """Encryption alone cannot find it: refs are compared with what is known."""
    inner, store = sealed_pair()
    store.put("refs/main", b"1")
    (sealed,) = all_bytes(inner).values()
    store.put("refs/main", b"2")
    (name,) = all_bytes(inner)
    inner.put(name, sealed)
    assert store.get("refs/main") == b"1"


def test_an_object_that_is_replaced_while_it_is_read_is_read_again() -> None:
    class Replacing(MemoryStore):
        after: bytes | None = None

        def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
            if self.after is not None and start >= HEAD:
                after, self.after = self.after, None
                self.put(key, after)
            return super().get(key, start, end)

    inner = Replacing()
    store = SealedStore(inner, some_keys())
    store.put("refs/main", _pattern(100))
    (name,) = all_bytes(inner)
    older = inner.get(name)
    store.put("refs/main", _pattern(3 * FRAME))
    newer = inner.get(name)
    inner.put(name, older)
    assert store.get("refs/main", 10, 20) == _pattern(100)[10:20]
    inner.after = newer
    assert store.get("refs/main", 50) == _pattern(3 * FRAME)[50:]
    # And what was read once is no answer about what is there now.
    inner.put(name, older)
    assert store.get("refs/main", 50, 200) == _pattern(100)[50:]
    inner.put(name, newer)
    assert store.get("refs/main", 100, 101) == _pattern(3 * FRAME)[100:101]


def test_other_keys_open_nothing() -> None:
    inner, store = sealed_pair()
    store.put("refs/main", b"1")
    other = SealedStore(inner, some_keys())
    assert list(other.list()) == []
    with pytest.raises(NotFound):
        other.get("refs/main")


def test_names_and_bytes_are_not_seen() -> None:
    inner, store = sealed_pair()
    for key in ("packs/textures", "refs/main", "refs/main-2", "main/refs", "deep/er/still/main"):
        store.put(key, b"wood" * 400)
    for key, data in all_bytes(inner).items():
        names = key.split("/")
        assert not {"packs", "textures", "refs", "main", "deep"} & set(names)
        assert all(len(name) == 52 for name in names)
        assert b"wood" not in data
    # Equal names in two folders look different, and folders can still be told apart.
    last = [key.split("/")[-1] for key in all_bytes(inner)]
    assert len(set(last)) == len(last)
    assert len({key.split("/")[0] for key in all_bytes(inner)}) == 4


def test_names_that_get_too_long_are_refused() -> None:
    _, store = sealed_pair()
    store.put("x" * 95, b"")
    assert [each.key for each in store.list("x")] == ["x" * 95]
    for key in ("x" * 96, "/".join(["x" * 90] * 3)):
        with pytest.raises(Invalid, match="too long"):
            store.put(key, b"")


def test_what_is_not_ours_is_passed_over() -> None:
    inner, store = sealed_pair()
    store.put("packs/one", b"1")
    (name,) = all_bytes(inner)
    inner.put("readme.txt", b"hello")
    inner.put(f"{name}x", b"hello")
    inner.put(name.partition("/")[0] + "/" + "a" * 52, b"hello")
    assert [each.key for each in store.list()] == ["packs/one"]
    assert sum(key is None for _, key in store.sealed()) == 3


@given(st.integers(0, 1 << 50))
def test_padding_tells_little_and_costs_little(size: int) -> None:
    assert size <= padded(size) <= max(1024, size * 1.125)
    assert padded(padded(size)) == padded(size)
    assert padded(size) <= padded(size + 1)
    shape = Shape.of_plain(size)
    assert Shape.of_stored(shape.stored) == shape
    assert shape.place(shape.count) == shape.stored


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail_otherwise(data: bytes) -> None:
    inner, store = sealed_pair()
    store.put("refs/main", b"1")
    (name,) = all_bytes(inner)
    for stored in (data, b"ADBNSEAL\x01\x10" + data, inner.get(name)[:64] + data):
        inner.put(name, stored)
        for read in (store.get, store.stat, lambda key: store.get(key, 0, 5)):
            with pytest.raises(AudobonError):
                read("refs/main")
