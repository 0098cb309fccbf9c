"""Snapshots by themselves: when due, before what is risky, and a place that is away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

import audobon
from audobon.errors import AudobonError, Invalid
from audobon.model.snapshot import Retention
from audobon.services.stores import Stores


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
