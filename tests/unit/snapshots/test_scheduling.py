"""Snapshots by themselves: when due, before what is risky, and a place that is away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

import audobon
from audobon.errors import AudobonError, Busy, Invalid, NotFound
from audobon.model.snapshot import Retention
from audobon.services.core.stores import Stores
from audobon.system.locks import FileLock


def test_due_made_forgotten_and_noted(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = lib.snapshots
    assert (calls.schedule.to, calls.due, calls.run_due()) == ("", False, None)
    place = str(tmp_path / "disk")
    keep = Retention(2, 0, 0, 0, 0)
    calls.set_schedule(evolve(calls.schedule, to=place, every=timedelta(hours=12), keep=keep))
    assert calls.due
    made = calls.run_due()
    assert made is not None
    assert not calls.due
    assert calls.run_due() is None
    assert calls.schedule.last == made.time
    with audobon.Library.open(lib.path, read_only=True) as other:
        assert other.snapshots.schedule == calls.schedule
    start = Stores.now()
    for number in range(1, 4):
        later = start + timedelta(hours=13 * number)
        monkeypatch.setattr(Stores, "now", staticmethod(lambda later=later: later))
        assert calls.run_due() is not None
    assert len(calls.list(place)) == 2


def test_before_what_is_risky_and_a_place_that_is_away(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "disk"
    lib.snapshots.set_schedule(evolve(lib.snapshots.schedule, to=str(place), every=timedelta(0)))
    assert not lib.snapshots.due
    lib.collect(dry_run=True)
    assert not place.exists()
    lib.branch("night")
    lib.merge("night")
    assert [one.reason for one in lib.snapshots.list(str(place))] == ["before merge"]
    lib.collect()
    assert [one.reason for one in lib.snapshots.list(str(place))][:1] == ["before collect"]
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    lib.snapshots.set_schedule(
        evolve(
            lib.snapshots.schedule, to=str(blocked / "disk"), every=timedelta(hours=1), last=None
        )
    )
    lib.merge("night")  # the disk is away: that stops nobody
    assert lib.snapshots.schedule.failed
    with pytest.raises(AudobonError):
        lib.snapshots.run_due()


def test_a_place_that_was_used_is_known_and_never_made_anew(
    lib: audobon.Library, tmp_path: Path
) -> None:
    calls, first, second = lib.snapshots, tmp_path / "first", tmp_path / "second"
    assert calls.places == ()
    made = lib.snapshot(first)
    lib.snapshot(str(second))
    assert calls.places == (str(second), str(first))
    # By hand counts as well, and what is decided about one place says nothing of another.
    calls.set_schedule(evolve(calls.schedule, to=str(first), every=timedelta(hours=1)))
    assert calls.schedule.last == made.time
    assert not calls.due
    calls.set_schedule(evolve(calls.schedule, to=str(tmp_path / "third")))
    assert calls.schedule.last is None
    assert calls.run_due() is not None
    calls.set_schedule(evolve(calls.schedule, to=str(first)))
    calls.set_schedule(evolve(calls.schedule, last=made.time - timedelta(hours=2)))
    first.rename(tmp_path / "unplugged")
    with pytest.raises(NotFound):
        calls.run_due()
    assert calls.schedule.failed
    assert not first.exists()
    assert calls.places == (str(tmp_path / "third"), str(second), str(first))
    (tmp_path / "unplugged").rename(first)
    again = lib.snapshot(first)
    assert (calls.schedule.last, calls.schedule.failed) == (again.time, "")


def test_one_that_another_process_makes_is_no_failure(lib: audobon.Library, tmp_path: Path) -> None:
    calls = lib.snapshots
    calls.set_schedule(evolve(calls.schedule, to=str(tmp_path / "disk"), every=timedelta(hours=1)))
    locks = lib._stores.place.locks
    with FileLock(locks / "snapshot-due.lock"):
        assert calls.run_due() is None
    with FileLock(locks / "snapshot.lock"), pytest.raises(Busy):
        calls.run_due()
    assert calls.schedule.failed == ""
    assert calls.run_due() is not None


def test_refusals(lib: audobon.Library) -> None:
    usual = lib.snapshots.schedule
    for wrong in (
        evolve(usual, every=timedelta(days=-1)),
        evolve(usual, before=("lunch",)),
        evolve(usual, keep=Retention(last=-1)),
    ):
        with pytest.raises(Invalid):
            lib.snapshots.set_schedule(wrong)
    (lib.state_path / "snapshots.json").write_text("{")
    assert lib.snapshots.schedule == usual
