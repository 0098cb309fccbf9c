"""Many packs of the history become few, and nothing is lost on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audobon.errors import Corrupt
from audobon.storage.history import History, merge

Commit = Callable[..., Any]
Git = Callable[..., bytes]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "_MANY", 4)
    monkeypatch.setattr(merge, "_CLASS", 8)


def packs(history: History) -> list[Path]:
    return sorted((history.folder / "objects" / "pack").glob("*.pack"))


def fill(history: History, commit: Commit, rounds: int) -> None:
    start = len(history.log(limit=1000))
    for number in range(start, start + rounds):
        commit({b"a/file": b"%d" % number})
        history.pack()


def test_packs_of_one_size_become_one(
    few: None, history: History, commit: Commit, git: Git
) -> None:
    fill(history, commit, 3)
    assert len(packs(history)) == 3
    fill(history, commit, 1)
    assert len(packs(history)) == 1
    assert len(history.log()) == 4
    assert history.check(full=True) == ()
    git("fsck", "--strict")
    # The large one is of the next class: it rests while the small ones come together again.
    (large,) = packs(history)
    fill(history, commit, 4)
    assert len(packs(history)) == 2
    assert large in packs(history)
    with History.open(history.folder) as again:
        assert [again.read(version.id, b"a/file") for version in again.log()] == [
            b"%d" % number for number in reversed(range(8))
        ]


def test_many_commits_lie_in_few_packs(few: None, history: History, commit: Commit) -> None:
    fill(history, commit, 40)
    assert len(packs(history)) <= 9
    assert len(history.log()) == 40


def test_a_reader_that_was_there_before_goes_on(
    few: None, history: History, commit: Commit
) -> None:
    fill(history, commit, 3)
    with History.open(history.folder) as reader:
        first = reader.log()[-1].id
        fill(history, commit, 1)
        assert reader.read(first, b"a/file") == b"0"
        assert reader.read("HEAD", b"a/file") == b"3"


def test_what_a_person_keeps_stays(few: None, history: History, commit: Commit) -> None:
    fill(history, commit, 1)
    (kept,) = packs(history)
    kept.with_suffix(".keep").touch()
    fill(history, commit, 4)
    assert kept in packs(history)


def test_a_damaged_pack_stops_it_before_anything_is_removed(
    few: None, history: History, commit: Commit
) -> None:
    fill(history, commit, 3)
    before = packs(history)
    hurt = before[0]
    data = bytearray(hurt.read_bytes())
    data[20:40] = os.urandom(20)
    hurt.chmod(0o600)
    hurt.write_bytes(data)
    commit({b"b": b"one more"})
    with History.open(history.folder) as again, pytest.raises(Corrupt):
        again.pack()
    assert set(before) <= set(packs(history))


def test_what_a_killed_merge_left_is_swept(few: None, history: History, commit: Commit) -> None:
    left = history.folder / "objects" / "tmp_merge" / "pack"
    left.mkdir(parents=True)
    (left / "pack-0.pack").write_bytes(b"half")
    fill(history, commit, 4)
    assert not left.parent.exists()
    assert history.check(full=True) == ()
