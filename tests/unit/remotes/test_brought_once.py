"""Files that come from a remote are made once, while they come, and what is made is taken in."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from audobon import Library
from audobon.errors import Cancelled, Unavailable
from audobon.storage.chunks import ChunkStore

NAMES = ("one.bin", "same.bin", "sub/large.bin")


def content(name: str) -> bytes:
    large = name == "sub/large.bin"
    return random.Random(large).randbytes(700_000 if large else 20_000)


@pytest.fixture
def home(ada: Library, url: str) -> Library:
    (ada.path / "sub").mkdir()
    for name in NAMES:
        (ada.path / name).write_bytes(content(name))
    ada.add([ada.path])
    ada.commit("one")
    ada.remotes.add("far", url)
    ada.push("far")
    return ada


def all_here(library: Library) -> None:
    for name in NAMES:
        assert (library.path / name).read_bytes() == content(name)
        assert library.get(name).state == "present"
    assert library.verify().ok
    assert library.commit("nothing").id == library.log()[0].id


def test_a_clone_reads_nothing_back_out_of_its_store(
    home: Library, clone: Callable[..., Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    restore = ChunkStore.restore

    def restored(self: ChunkStore, digest: str, *rest: object, **named: object) -> object:
        read.append(digest)
        return restore(self, digest, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(ChunkStore, "restore", restored)
    monkeypatch.setattr(ChunkStore, "prove", None)
    bob = clone(lazy=False)
    all_here(bob)
    # But for the second one with the same bytes, where it cannot share its blocks with the first.
    assert read in ([], [home.get("one.bin").digest])


def test_a_place_that_cannot_be_written_keeps_no_other_file_away(
    home: Library, clone: Callable[..., Library]
) -> None:
    bob = clone()
    (bob.path / "sub").write_text("in the way")
    with pytest.raises(Unavailable):
        bob.fetch(NAMES)
    assert (bob.path / "one.bin").read_bytes() == content("one.bin")
    assert [bob.get(name).state for name in NAMES] == ["present", "present", "remote"]
    (bob.path / "sub").unlink()
    bob.fetch(NAMES)
    all_here(bob)


def test_what_was_made_before_the_end_is_taken_in(
    home: Library, clone: Callable[..., Library]
) -> None:
    bob = clone()
    # As a call that was killed leaves it.
    (bob.path / "sub").mkdir()
    (bob.path / "sub/large.bin").write_bytes(content("sub/large.bin"))
    asked = 0

    def cancel() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    with pytest.raises(Cancelled):
        bob.fetch(NAMES, cancel=cancel)
    bob.fetch(NAMES)
    all_here(bob)


def test_what_came_is_known_while_the_rest_comes(
    home: Library, clone: Callable[..., Library]
) -> None:
    bob = clone()
    seen: list[str] = []
    looked: list[float] = []

    def progress(done: int, total: int | None, name: str) -> None:
        """Hold the fetch up until somebody else who has the library open finds a file there."""
        del done, total, name
        if not looked:
            looked.append(time.monotonic())
            while not seen and time.monotonic() < looked[0] + 60:
                with Library.open(bob.path, read_only=True) as other:
                    seen.extend(n for n in NAMES if other.get(n).state == "present")
                time.sleep(0.05)

    bob.fetch(NAMES, progress=progress)
    assert seen
    all_here(bob)
