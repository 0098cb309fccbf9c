"""Pictures are written on a thread; a host gets those that still have their file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from audobon_blender.logic.shelf import Shelf
from audobon_blender.logic.slots import Slots


def _all(shelf: Shelf, *keys: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    end = time.monotonic() + 240
    while any(shelf.awaits(key) for key in keys):
        found |= {key: path.read_bytes() for key, path in shelf.ready(2)}
        assert time.monotonic() < end
    return found


def test_pictures_come_once_and_a_lost_one_never(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "shown", 2)
    shelf = Shelf(slots)
    assert [shelf.put(key, key.encode()) for key in "ab"] == ["", ""]
    assert _all(shelf, "a", "b") == {"a": b"a", "b": b"b"}
    assert list(shelf.ready(9)) == []
    assert [shelf.put(key, key.encode()) for key in "cde"] == ["a", "b", "c"]
    assert not shelf.awaits("c")
    assert _all(shelf, "d", "e") == {"d": b"d", "e": b"e"}
    shelf.close()
    slots.clear()


def test_a_folder_that_cannot_be_written_is_raised_once(tmp_path: Path) -> None:
    (tmp_path / "shown").write_text("a file where the folder should be")
    shelf = Shelf(Slots(tmp_path / "shown", 2))
    shelf.put("a", b"1")
    end = time.monotonic() + 240
    with pytest.raises(OSError, match="shown"):  # noqa: PT012  # until the thread has met it
        while time.monotonic() < end:
            list(shelf.ready(1))
    assert not shelf.awaits("a")
    assert list(shelf.ready(1)) == []
    shelf.close()
