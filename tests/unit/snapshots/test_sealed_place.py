"""Snapshots in a place that is encrypted: nothing readable lies there, and it comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

import audobon
from audobon.errors import AudobonError
from audobon.services.places.sealing import seal_place
from audobon.storage.objects import MemoryStore
from audobon.storage.vault import FLOOR
from audobon.testing.folders import tree


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def test_an_encrypted_place(lib: audobon.Library, folder: Path, tmp_path: Path) -> None:
    place = MemoryStore()
    seal_place(place, "correct horse battery", costs=FLOOR)
    (folder / "plain.txt").write_text("nobody reads this sentence in the place")
    lib.add([folder])
    opened = lib.snapshots.unlocked("correct horse battery")
    made = opened.make(place)
    assert opened.list(place) == (made,)
    assert opened.verify(place).problems == ()
    for stat in place.list():
        data = place.get(stat.key)
        assert b"nobody reads" not in data
        assert b"notes.txt" not in data
        assert made.id.encode() not in data
    with audobon.Library.recover(
        place, tmp_path / "home", passphrase="correct horse battery"
    ) as back:
        assert content(tmp_path / "home") == content(folder)
        assert back.verify().problems == ()
    with pytest.raises(AudobonError):
        audobon.Library.recover(place, tmp_path / "wrong", passphrase="wrong")
