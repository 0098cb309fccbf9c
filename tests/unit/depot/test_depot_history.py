"""Versions into a depot and out of it, refs by compare-and-swap, and git packs of liars."""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import Conflict, Corrupt, Invalid, NewerFormat
from audobon.services.depot import Depot, Header, RefRecord
from audobon.services.depot.keys import ref_key, ref_of
from audobon.storage.history import Author, History, TreeChange
from audobon.storage.history.unpacking import unpack
from audobon.storage.objects import MemoryStore

AUTHOR = Author("Ada Lovelace", "ada@example.org")
TIME = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[History]:
    with History.create(tmp_path / "one.git") as made:
        yield made


@pytest.fixture
def two(tmp_path: Path) -> Iterator[History]:
    with History.create(tmp_path / "two.git") as made:
        yield made


def commit(history: History, **files: bytes) -> str:
    changes = [TreeChange(name.replace("__", "/").encode(), data) for name, data in files.items()]
    return history.commit(
        changes, message="m", author=AUTHOR, time=TIME, expected=history.head()
    ).id


def carry(one: History, two: History, folder: Path, tip: str, have: list[str]) -> int:
    count = 0
    for pack in one.packs_of(one.fresh([tip], have), folder):
        count += two.take_pack(pack.read_bytes())
    return count


def test_versions_travel_in_packs_that_hold_only_what_is_new(
    one: History, two: History, tmp_path: Path
) -> None:
    first = commit(one, **{f"assets__{n:03}": b"x%d" % n for n in range(200)})
    assert carry(one, two, tmp_path, first, []) == 203
    assert carry(one, two, tmp_path, first, []) == 0
    second = commit(one, assets__007=b"edited")
    assert one.fresh([second], [first]).count == 4
    assert carry(one, two, tmp_path, second, [first]) == 4
    two.set_ref("refs/remotes/nas/main", second)
    assert two.fresh([second], []).count == one.fresh([second], []).count
    assert two.check(full=True) == ()
    assert two.read(second, b"assets/007") == b"edited"
    done = subprocess.run(
        ["git", "--git-dir", str(two.folder), "fsck", "--full", "--strict"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_missing_object_is_told_before_a_ref_names_it(
    one: History, two: History, tmp_path: Path
) -> None:
    first = commit(one, a=b"1")
    second = commit(one, a=b"2")
    carry(one, two, tmp_path, second, [first])
    with pytest.raises(Corrupt):
        two.fresh([second], [])


def test_pruned_versions_travel_without_their_parents(
    one: History, two: History, tmp_path: Path
) -> None:
    commit(one, a=b"1")
    commit(one, a=b"2")
    third = commit(one, a=b"3")
    one.prune(last=2)
    carry(one, two, tmp_path, third, [])
    two.cut_at(one.shallow())
    assert two.shallow() == one.shallow()
    two.set_ref("refs/heads/main", third)
    assert [version.id for version in two.log()] == [version.id for version in one.log()]
    assert two.check(full=True) == ()


def _pack(*objects: bytes, count: int | None = None) -> bytes:
    number = len(objects) if count is None else count
    body = b"PACK\0\0\0\x02" + number.to_bytes(4, "big") + b"".join(objects)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _blob(data: bytes) -> bytes:
    assert len(data) < 16
    return bytes([3 << 4 | len(data)]) + zlib.compress(data)


def test_a_pack_is_read_object_by_object() -> None:
    rows, objects = unpack(_pack(_blob(b"hello")))
    (oid,) = rows
    assert oid == hashlib.sha1(b"blob 5\0hello", usedforsecurity=False).digest()
    assert objects[oid] == (3, b"hello")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PACK",
        _pack(_blob(b"hello"))[:-1],
        _pack(_blob(b"hello"), count=2),
        _pack(_blob(b"hello"), _blob(b"hello")),
        _pack(_blob(b"hello") + b"more"),
        _pack(bytes([3 << 4 | 4]) + zlib.compress(b"hello")),
        _pack(bytes([3 << 4 | 6]) + zlib.compress(b"hello")),
        _pack(bytes([5 << 4 | 1]) + zlib.compress(b"h")),
        _pack(bytes([6 << 4 | 1, 5]) + zlib.compress(b"h")),
        _pack(bytes([7 << 4 | 1]) + bytes(20) + zlib.compress(b"h")),
        _pack(bytes([0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])),
        _pack(bytes([0xBF, 0xFF, 0xFF, 0xFF, 0x7F]) + zlib.compress(bytes(100))),
    ],
)
def test_a_pack_that_does_not_fit_is_refused(data: bytes, two: History) -> None:
    with pytest.raises(Corrupt):
        two.take_pack(data)
    assert two.stats().packs == 0


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_of_a_pack_gives_other_objects(data: st.DataObject) -> None:
    sound = _pack(_blob(b"hello"), _blob(b"world"))
    at = data.draw(st.integers(0, len(sound) - 21))
    changed = bytearray(sound[:-20])
    changed[at] = data.draw(st.integers(0, 255))
    changed += hashlib.sha1(changed, usedforsecurity=False).digest()
    try:
        _, objects = unpack(bytes(changed))
    except Corrupt:
        return
    names = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
    for oid, (kind, body) in objects.items():
        head = b"%b %d\0" % (names[kind], len(body))
        assert hashlib.sha1(head + body, usedforsecurity=False).digest() == oid


@given(st.text(min_size=1, max_size=40).filter(lambda name: "\0" not in name))
def test_names_of_refs_come_back(name: str) -> None:
    try:
        key = ref_key(f"refs/heads/{name}")
    except (Invalid, UnicodeEncodeError):
        return
    assert ref_of(key) == f"refs/heads/{name}"


def test_names_of_refs_do_not_meet() -> None:
    assert ref_key("refs/heads/main") == "refs/heads/main.json"
    assert ref_key("refs/heads/Main") != ref_key("refs/heads/main")
    with pytest.raises(Corrupt):
        ref_of("refs/heads/_6dain.json")


def _record(serial: int, id: str = "a" * 40) -> RefRecord:
    return RefRecord("refs/heads/main", id, serial, "Ada", TIME)


def test_of_two_moves_from_one_place_the_second_is_told_to_pull(tmp_path: Path) -> None:
    objects = MemoryStore()
    a, b = Depot(objects, tmp_path / "a"), Depot(objects, tmp_path / "b")
    a.move(_record(1), None)
    with pytest.raises(Conflict, match="main") as caught:
        b.move(_record(1, "b" * 40), None)
    assert "pull" in caught.value.hint
    seen = b.ref("refs/heads/main")
    assert seen is not None
    assert seen.record == _record(1)
    a.move(_record(2), seen)
    with pytest.raises(Conflict):
        b.move(_record(2, "b" * 40), seen)
    assert {ref: placed.record.serial for ref, placed in a.refs().items()} == {"refs/heads/main": 2}


def test_a_header_is_written_once_and_newer_forms_are_refused(tmp_path: Path) -> None:
    objects = MemoryStore()
    depot = Depot(objects, tmp_path)
    assert depot.header() is None
    header = Header("ab" * 16, "Art", "main", "Art", TIME)
    assert depot.begin(header) == header
    assert depot.begin(Header("cd" * 16, "Other", "x", "Other", TIME)) == header
    objects.put("audobon.json", b'{"format": 2}')
    with pytest.raises(NewerFormat):
        depot.header()
    objects.put("audobon.json", b"{")
    with pytest.raises(Corrupt, match="memory:"):
        depot.header()


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"format": 1}', b"\xff", b"[" * 100_000])
def test_records_that_make_no_sense_are_told_with_their_place(data: bytes, tmp_path: Path) -> None:
    objects = MemoryStore("nas")
    objects.put("refs/heads/main.json", data)
    with pytest.raises(Corrupt, match=r"refs/heads/main\.json"):
        Depot(objects, tmp_path).refs()


def test_git_packs_have_the_name_of_their_bytes(tmp_path: Path) -> None:
    objects = MemoryStore()
    depot = Depot(objects, tmp_path)
    path = tmp_path / "some.pack"
    path.write_bytes(b"bytes")
    name, size = depot.put_git(path)
    assert (depot.gits(), depot.git(name), size) == ((name,), b"bytes", 5)
    objects.put(f"git/{name}.pack", b"other")
    with pytest.raises(Corrupt, match=name):
        depot.git(name)
