"""Forgetting: what only forgotten snapshots needed goes after its grace, and nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import audobon
from audobon.errors import Busy, Conflict, Corrupt, NotFound
from audobon.model.snapshot import Retention
from audobon.services.core.stores import Stores
from audobon.services.depot.garbage import KEY
from audobon.storage.objects import MemoryStore, ObjectStore
from audobon.testing.folders import tree

NOW = timedelta(0)
ONE = Retention(1, 0, 0, 0, 0)


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def keys(place: MemoryStore) -> set[str]:
    return {stat.key for stat in place.list()}


def size(place: MemoryStore) -> int:
    return sum(stat.size for stat in place.list())


def may_recover(place: MemoryStore, expected: dict[str, bytes], home: Path) -> None:
    with audobon.Library.recover(place, home) as back:
        assert back.recovered is not None
        assert back.recovered.failed == ()
        assert content(home) == expected
        assert back.verify().problems == ()


def test_what_only_old_ones_needed_goes_in_two_steps(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    place = MemoryStore()
    for number in range(3):
        (folder / "noise.bin").write_bytes(os.urandom(700_000))
        lib.add([folder])
        lib.snapshot(place, tags=["kept"] if number == 0 else [])
    before = size(place)
    planned = lib.snapshots.forget(place, ONE, grace=NOW, dry_run=True)
    assert (len(planned.forgotten), planned.kept) == (1, 2)
    assert size(place) == before
    first = lib.snapshots.forget(place, ONE, grace=NOW)
    assert (first.forgotten, first.removed) == (planned.forgotten, 0)
    assert first.waiting > 0
    assert [len(one.tags) for one in lib.snapshots.list(place)] == [0, 1]
    again = lib.snapshots.forget(place, ONE, grace=timedelta(days=1))
    assert (again.removed, again.waiting) == (0, first.waiting)
    second = lib.snapshots.forget(place, ONE, grace=NOW)
    assert second.removed == first.waiting
    assert second.freed > 700_000
    assert lib.snapshots.forget(place, ONE, grace=NOW).waiting == 0
    assert size(place) < before - 600_000
    may_recover(place, content(folder), tmp_path / "home")
    kept = lib.snapshots.list(place)[1]
    lib.snapshots.forget(place, None, snapshots=[kept.id], grace=NOW)
    lib.snapshots.forget(place, None, grace=NOW)
    assert len(lib.snapshots.list(place)) == 1
    may_recover(place, content(folder), tmp_path / "again")


def test_a_pack_of_which_little_is_needed_is_written_anew(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    place = MemoryStore()
    for number in range(6):
        (folder / f"noise{number}.bin").write_bytes(os.urandom(400_000))
    lib.add([folder])
    old = lib.snapshot(place)
    for number in range(1, 6):
        (folder / f"noise{number}.bin").write_bytes(b"small")
    lib.snapshot(place)
    before = size(place)
    lib.snapshots.forget(place, ONE, grace=NOW)
    done = lib.snapshots.forget(place, ONE, grace=NOW)
    assert done.freed > 2_000_000
    assert size(place) < before - 1_900_000
    may_recover(place, content(folder), tmp_path / "home")
    with pytest.raises(NotFound):
        lib.snapshots.files(place, old.id)
    settled = keys(place)
    lib.snapshots.forget(place, ONE, grace=NOW)
    assert keys(place) == settled


def noted_garbage(lib: audobon.Library, folder: Path, place: ObjectStore) -> bytes:
    """Bytes of a snapshot that was forgotten: they are in the place, and on its list of garbage."""
    noise = os.urandom(900_000)
    (folder / "noise.bin").write_bytes(noise)
    lib.snapshot(place)
    (folder / "noise.bin").write_bytes(b"small")
    lib.snapshot(place)
    lib.snapshots.forget(place, ONE, grace=NOW)
    return noise


def test_a_writer_on_another_machine_between_the_two_steps(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    """The bytes that are noted as garbage come back into use: they are taken off the list."""
    place = MemoryStore()
    noise = noted_garbage(lib, folder, place)
    assert lib.snapshots.forget(place, ONE, grace=timedelta(days=1)).waiting > 0
    (folder / "noise.bin").write_bytes(noise)
    again = lib.snapshot(place)
    assert again.stored < 500_000, "what is noted is used, not sent again"
    lib.snapshots.forget(place, ONE, grace=NOW)
    lib.snapshots.forget(place, ONE, grace=NOW)
    may_recover(place, content(folder), tmp_path / "home")


class Meddling(MemoryStore):
    """Somebody else acts right before an object is put."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, list[object]] = {}

    def put(self, key, data, expected=None):  # type: ignore[no-untyped-def]
        from audobon.storage.objects import ANY

        for prefix, calls in self.before.items():
            if key.startswith(prefix) and calls:
                call = calls.pop()
                assert callable(call)
                call()
        return super().put(key, data, ANY if expected is None else expected)


def test_a_collector_that_is_quicker_than_a_snapshot(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    """What a snapshot relies on is removed while it is sent: it notices and sends it again."""
    place = Meddling()
    noise = noted_garbage(lib, folder, place)
    (folder / "noise.bin").write_bytes(noise)
    with audobon.Library.open(lib.path) as other:
        # Right before the git pack is put: the chunks were found there and not sent.
        place.before["git/"] = [lambda: other.snapshots.forget(place, ONE, grace=NOW)]
        made = lib.snapshot(place)
        assert place.before["git/"] == []
    assert made.stored > 900_000, "it was sent again"
    may_recover(place, content(folder), tmp_path / "home")


def test_a_snapshot_that_is_quicker_than_a_collector(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    """Between the marking and the note of what goes, somebody takes it off the list."""
    place = Meddling()
    noise = noted_garbage(lib, folder, place)
    (folder / "noise.bin").write_bytes(noise)
    with audobon.Library.open(lib.path) as other:
        place.before[KEY] = [lambda: other.snapshot(place)]
        with pytest.raises(Busy):
            lib.snapshots.forget(place, ONE, grace=NOW)
    may_recover(place, content(folder), tmp_path / "home")


def test_a_collector_that_was_cut_off_is_finished_by_the_next(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    class Dying(MemoryStore):
        left = 10_000

        def delete(self, key, expected=None):  # type: ignore[no-untyped-def]
            from audobon.storage.objects import ANY

            if key.startswith(("packs/", "index/", "git/")):
                if self.left == 0:
                    raise Conflict("cut off")
                self.left -= 1
            return super().delete(key, ANY if expected is None else expected)

    place = Dying()
    (folder / "noise.bin").write_bytes(os.urandom(900_000))
    lib.snapshot(place)
    (folder / "noise.bin").write_bytes(b"small")
    lib.snapshot(place)
    lib.snapshots.forget(place, ONE, grace=NOW)
    place.left = 1
    with pytest.raises(Busy):
        lib.snapshots.forget(place, ONE, grace=NOW)
    place.left = 10_000
    before = size(place)
    lib.snapshot(place)  # a writer finishes it too
    assert size(place) < before - 500_000
    may_recover(place, content(folder), tmp_path / "home")


def test_nothing_goes_while_something_is_damaged(lib: audobon.Library, folder: Path) -> None:
    place = MemoryStore()
    lib.snapshot(place)
    (folder / "notes.txt").write_text("other")
    lib.snapshot(place)
    git = next(stat.key for stat in place.list("git/"))
    place.put(git, b"PACK" + place.get(git)[4:-1] + b"x")
    before = {key for key in keys(place) if not key.startswith("snapshots/")}
    with pytest.raises(Corrupt):
        lib.snapshots.forget(place, ONE, grace=NOW)
    place.put("snapshots/20260101t000000z-000000000000.json", b"no JSON")
    with pytest.raises(Corrupt, match="nothing is removed"):
        lib.snapshots.forget(place, ONE, grace=NOW)
    assert before <= keys(place)


def test_a_clock_that_was_ahead_holds_nothing_for_ever(
    lib: audobon.Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = MemoryStore()
    (folder / "noise.bin").write_bytes(os.urandom(900_000))
    lib.snapshot(place)
    (folder / "noise.bin").write_bytes(b"small")
    lib.snapshot(place)
    ahead = datetime.now(UTC) + timedelta(days=4000)
    with monkeypatch.context() as patch:
        patch.setattr(Stores, "now", staticmethod(lambda: ahead))
        assert lib.snapshots.forget(place, ONE, grace=NOW).waiting > 0
    assert lib.snapshots.forget(place, None, grace=NOW).removed > 0
