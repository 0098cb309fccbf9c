"""Snapshots from a session: taken, listed, looked into, put back, and made by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

import audobon
from audobon.model.snapshot import SnapshotEntry, SnapshotSettings
from audobon.panel.snapshots import (
    entries,
    every_at,
    every_text,
    next_text,
    page_of,
    part_of,
    places,
    sources,
    view,
)
from audobon.session import Session, State

Until = Callable[..., State]
NOTE = "readme.txt"
PASSPHRASE = "five random words are enough"


@pytest.fixture
def idle(session: Session, until: Until) -> Callable[[Callable[[State], object]], State]:
    """Wait until nothing is being done about snapshots and the state is as asked for."""

    def wait(fits: Callable[[State], object]) -> State:
        def ready(state: State) -> object:
            session.pump()
            return state.snapshotting is None and fits(state)

        return until(ready)

    return wait


def said(text: str) -> Callable[[State], bool]:
    return lambda state: state.notice is not None and text in state.notice.text


def test_taken_looked_into_and_put_back(
    opened: Session, folder: Path, tmp_path: Path, idle: Callable[..., State]
) -> None:
    calls, place = opened.snapshots, str(tmp_path / "disk")
    old = (folder / NOTE).read_bytes()
    calls.take(place, tags=["first"])
    state = idle(lambda state: state.snapshots.listed)
    seen = state.snapshots
    assert (seen.place, seen.places) == (place, (place,))
    assert seen.listed is not None
    (made,) = seen.listed
    shown = view(state)
    assert "4 files" in shown.rows[0].text
    assert "kept for ever: first" in shown.rows[0].text
    assert shown.schedule == "Nothing is kept in another place by itself yet."

    calls.browse(made.id)
    state = idle(lambda state: state.snapshots.files is not None)
    assert [one.path for one in entries(state.snapshots, "METAL rust")] == [
        "MyAssets/rusty metal.png"
    ]
    assert len(entries(state.snapshots)) == 4
    assert entries(state.snapshots, "nothing of this name") == ()
    entry = next(one for one in entries(state.snapshots) if one.path.endswith(NOTE))

    # What is there already is not written; what is another one now is asked about.
    calls.restore(made.id, entry.asset_id)
    idle(said("is as it was then already"))
    (folder / NOTE).write_text("written since, and in no version\n")
    calls.restore(made.id, entry.asset_id)
    state = idle(lambda state: state.snapshots.standing is not None)
    assert (folder / NOTE).read_text() == "written since, and in no version\n"
    assert "is another one now" in view(state).standing
    calls.leave_standing()
    assert opened.state.snapshots.standing is None

    calls.restore(made.id, entry.asset_id, beside=True)
    idle(said("readme 20"))
    beside = [one for one in folder.iterdir() if one.name.startswith("readme 20")]
    assert [one.read_bytes() for one in beside] == [old]
    assert (folder / NOTE).read_text() == "written since, and in no version\n"

    told: list[bool] = []
    calls.restore(made.id, entry.asset_id, over=True, then=told.append)
    idle(lambda _: told)
    assert told == [False], "the host has no file open"
    assert (folder / NOTE).read_bytes() == old
    assert opened.state.notice is not None
    assert "what was there is kept in the version" in opened.state.notice.text

    # All of it goes into a folder of its own, and over nothing.
    out = tmp_path / "out"
    folders: list[str] = []
    calls.restore_all(made.id, str(out), then=folders.append)
    idle(lambda _: folders)
    assert folders == [str(out)]
    written = {one.name: one.read_bytes() for one in out.rglob("*") if one.is_file()}
    assert written[NOTE] == old
    assert len(written) == 4
    calls.restore_all(made.id, str(out))
    state = idle(lambda state: state.unread)
    assert state.unread[-1].problem is not None
    assert "not empty" in state.unread[-1].problem.message

    # The whole library goes back, and what was then a version on top is not lost.
    (folder / NOTE).unlink()
    (folder / "new.txt").write_text("new\n")
    calls.go_back(made.id)
    idle(said("as they were"))
    assert (folder / NOTE).read_bytes() == old


def test_every_byte_is_read_and_damage_found(
    opened: Session, tmp_path: Path, idle: Callable[..., State]
) -> None:
    calls, place = opened.snapshots, tmp_path / "disk"
    calls.verify()
    state = idle(lambda state: state.unread)
    assert state.unread[-1].problem is not None
    assert "no place for snapshots is chosen yet" in state.unread[-1].problem.message
    calls.look()
    assert idle(lambda state: state.snapshots.settings is not None).snapshots.listed is None
    calls.take(str(place))
    idle(lambda state: state.snapshots.listed)
    calls.verify()
    state = idle(lambda state: state.snapshots.verified is not None)
    assert view(state).verified.startswith("Every byte is sound: 1 snapshot")
    calls.verify(part=part_of(date(2026, 11, 27)))
    state = idle(lambda state: state.snapshots.part is not None)
    assert view(state).verified.startswith("Part ")
    assert " of 30 is sound: " in view(state).verified
    assert places(state) == (str(place),)
    assert sources(state) == ((str(place), f"This place: {place}"),)
    pack = max(
        (one for one in place.rglob("*") if one.is_file()), key=lambda one: one.stat().st_size
    )
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.write_bytes(data)
    calls.verify()
    state = idle(lambda state: state.snapshots.verified and not state.snapshots.verified.ok)
    assert state.unread[-1].partly
    assert "problem" in state.unread[-1].text
    calls.repair()
    idle(said("mended"))
    calls.verify()
    idle(lambda state: state.snapshots.verified is not None and state.snapshots.verified.ok)


def test_what_is_due_is_made_once_among_several_hosts_and_a_failure_stays(
    opened: Session, folder: Path, tmp_path: Path, idle: Callable[..., State]
) -> None:
    place = tmp_path / "disk"
    other = Session(follow_s=0.05)
    try:
        other.open(folder)
        opened.snapshots.schedule(str(place), timedelta(hours=1))

        def made() -> int:
            return len(list((place / "snapshots").glob("*"))) if place.exists() else 0

        idle(lambda state: made() and state.snapshots.settings and state.snapshots.settings.last)
        state = opened.state
        assert state.snapshots.settings is not None
        assert view(state).next.startswith("The next one is due 2")
        assert state.snapshots.settings.failed == ""
        # The other one sees it, and has made none.
        idle(
            lambda _: (
                other.state.snapshots.settings is not None
                and other.state.snapshots.settings.last is not None
            )
        )
        with audobon.Library.open(folder, read_only=True) as library:
            assert len(library.snapshots.list(str(place))) == 1

        # A disk that is not plugged in is not made anew, and that it was away is told.
        place.rename(tmp_path / "unplugged")
        with audobon.Library.open(folder) as library:
            schedule = library.snapshots.schedule
            assert schedule.last is not None
            long_ago = schedule.last - timedelta(hours=2)
            library.snapshots.set_schedule(evolve(schedule, last=long_ago))
        state = idle(
            lambda state: state.snapshots.settings is not None and state.snapshots.settings.failed
        )
        assert not place.exists()
        assert view(state).failed.startswith("The last one was not made: ")

        def told(_state: State) -> bool:  # by the one that has tried
            notices = (*opened.state.unread, *other.state.unread)
            return any(
                one.problem is not None and str(place) in one.problem.message for one in notices
            )

        idle(told)

        # Plugged in again, one by hand is the one that was due.
        (tmp_path / "unplugged").rename(place)
        opened.snapshots.take()
        state = idle(
            lambda state: (
                state.snapshots.settings is not None and not state.snapshots.settings.failed
            )
        )
        assert view(state).failed == ""
        assert len(opened.state.snapshots.listed or ()) == 2
    finally:
        assert other.close(60.0)


def test_an_encrypted_place_asks_for_its_passphrase(
    opened: Session, folder: Path, tmp_path: Path, idle: Callable[..., State]
) -> None:
    from audobon.services.places import sealing

    place = str(tmp_path / "sealed")
    with sealing.place_at(place, create=True) as store:
        mark = sealing.seal_place(store, PASSPHRASE)[0].mark
    assert mark is not None
    sealing.forget_passphrase(mark)
    opened.snapshots.look(place)
    state = idle(lambda state: state.snapshots.locked)
    assert "encrypted" in view(state).hint
    opened.snapshots.unlock(place, "a wrong one altogether", keep=False)
    state = idle(lambda state: state.unread)
    assert state.unread[-1].problem is not None
    assert state.snapshots.locked
    opened.snapshots.unlock(place, PASSPHRASE, keep=False)
    idle(lambda state: state.snapshots.listed == ())
    opened.snapshots.take()
    state = idle(lambda state: state.snapshots.listed)
    assert PASSPHRASE not in repr(state)


def test_files_are_shown_in_pages_and_each_day_has_a_part() -> None:
    named = [SnapshotEntry(str(n), f"root/{n}.png", n, "", "image") for n in range(25)]
    first, last = page_of(named, 0, 12), page_of(named, 9, 12)
    assert (first.text, first.back, first.on) == ("1 to 12 of 25", False, True)
    assert (last.page, last.text, last.back, last.on) == (2, "25 to 25 of 25", True, False)
    assert page_of([], 3, 12).text == "No file"
    days = [part_of(date(2026, 11, 1) + timedelta(days=day)) for day in range(30)]
    assert sorted(days) == [(part, 30) for part in range(1, 31)]
    assert [every_at(timedelta(hours=hours)) for hours in (1, 24, 5)] == [0, 3, 3]


def test_it_is_said_when_the_next_one_is_due() -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    plan = SnapshotSettings(to="/disk", every=timedelta(hours=6))
    assert next_text(SnapshotSettings(), now) == ""
    assert next_text(evolve(plan, every=timedelta(0)), now) == ""
    assert next_text(plan, now) == "The first one is due now."
    early, late = now - timedelta(hours=7), now - timedelta(hours=1)
    assert next_text(evolve(plan, last=early), now) == "One is due now."
    assert next_text(evolve(plan, last=now + timedelta(hours=1)), now) == "One is due now."
    due = (late + timedelta(hours=6)).astimezone()
    assert next_text(evolve(plan, last=late), now) == f"The next one is due {due:%Y-%m-%d %H:%M}."
    assert [every_text(timedelta(hours=hours)) for hours in (0, 1, 24, 48, 36, 0.5)] == [
        *("Before risky steps only", "Every hour", "Every day", "Every 2 days"),
        *("Every 36 hours", "Every 30 minutes"),
    ]
