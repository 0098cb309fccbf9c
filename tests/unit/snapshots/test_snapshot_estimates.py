"""What a snapshot would send and a recovery bring, told before, next to what they then did."""

from __future__ import annotations

from pathlib import Path

import pytest

import audobon
from audobon.errors import NotFound
from audobon.storage.objects import CountStore, FolderStore


def test_what_goes_to_a_place_and_comes_back_is_told_before(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    with pytest.raises(NotFound):
        audobon.Library.estimate_recover(disk)
    first = lib.snapshots.estimate(disk)
    assert not disk.exists()
    assert lib.snapshots.places == ()
    assert (first.files, first.lacking) == (8, ())
    place = CountStore(FolderStore(disk, create=True))
    held, stored = lib.snapshot(place), place.up
    assert abs(first.bytes - stored) < stored / 10 + 4096
    assert first.bytes == first.estimate.up
    (folder / "notes.txt").write_text("other notes\n" * 9000)
    second = lib.snapshots.estimate(place)
    place.clear()
    made = lib.snapshot(place)
    assert abs(second.bytes - place.up) < place.up / 10 + 4096
    assert second.bytes < first.bytes
    assert [one.id for one in lib.snapshots.list(place)] == [made.id, held.id]
    lib.close()
    for snapshot in (held, made):
        told = audobon.Library.estimate_recover(place, snapshot=snapshot.id)
        place.clear()
        home = tmp_path / snapshot.id
        audobon.Library.recover(place, home, snapshot=snapshot.id).close()
        assert (told.bytes, told.estimate.down) == (place.down, place.down)
    place.close()
