"""Locks on the files that a host has open."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import Conflict
from audobon.session import Session
from audobon.session.past import Past

Wait = Callable[[Callable[[Past], Any]], Past]

NOTE, METAL = "readme.txt", "rusty metal.png"


def test_the_open_file_is_locked_and_let_go_of(session: Session, past: Wait, folder: Path) -> None:
    with audobon.Library.open(folder) as other:
        metal, note = other.get(METAL).id, other.get(NOTE).id
        other.lock(NOTE, program="Krita")
        session.history.hold([str(folder / METAL)], "Blender")
        past(lambda past: past.holding == {metal})
        with pytest.raises(Conflict, match="Blender"):
            other.lock(METAL)
        mine = {held.asset_id: held.mine for held in past(lambda past: len(past.locks) == 2).locks}
        assert mine == {metal: True, note: False}
        session.history.hold([str(folder / NOTE)], "Blender")
        past(lambda past: not past.holding)
        assert [lock.asset_id for lock in other.locks()] == [note], "another's stays"
        other.lock(METAL)
        other.unlock(METAL)
        session.history.hold([str(folder / METAL)], "Blender")
        past(lambda past: past.holding == {metal})
        assert session.close(30.0)
        assert list((other.state_path / "lock" / "assets").glob(f"{metal}*")) == []
        other.lock(METAL)


def test_whoever_has_the_file_open_is_told_that_their_lock_was_broken(
    session: Session, past: Wait, folder: Path
) -> None:
    with audobon.Library.open(folder, author="Grace <grace@example.org>") as other:
        metal = other.get(METAL).id
        session.history.hold([str(folder / METAL)], "Blender")
        past(lambda past: past.holding == {metal})
        assert other.unlock(METAL, force=True)
        session.locks.watch()  # or half a minute later by itself
        past(lambda past: not past.holding)
        past(lambda _: any(one.problem is not None for one in session.state.unread))
        problems = [one.problem for one in session.state.unread if one.problem is not None]
        assert [one.message.partition(" on ")[0] for one in problems] == ["the lock"]
        assert f"{METAL} was broken by Grace on " in problems[0].message
        assert "before you save" in problems[0].hint
        assert other.locks() == (), "it is not taken again"


def test_several_open_files_are_locked_each(session: Session, past: Wait, folder: Path) -> None:
    with audobon.Library.open(folder) as other:
        metal, note = other.get(METAL).id, other.get(NOTE).id
        outside = folder.parent / "elsewhere.txt"
        outside.write_text("no asset")
        session.history.hold([str(folder / METAL), str(folder / NOTE), str(outside)], "Krita")
        past(lambda past: past.holding == {metal, note})
        since = {lock.asset_id: lock.since for lock in other.locks()}
        session.history.hold([str(outside), str(folder / NOTE)], "Krita")
        past(lambda past: past.holding == {note})
        [lock] = other.locks()
        assert (lock.asset_id, lock.since) == (note, since[note]), "it was held all the while"
        session.history.hold([], "Krita")
        past(lambda past: not past.holding)
        assert other.locks() == ()


def test_a_lock_that_was_anothers_is_taken_once_it_is_free_and_renewed(folder: Path) -> None:
    from audobon.session.holding import Keeper
    from audobon.session.lane import Lane

    failed: list[Exception] = []
    lane = Lane("audobon-test", failed.append)
    told: list[frozenset[str]] = []
    came = threading.Condition()

    def holding(held: frozenset[str]) -> None:
        with came:
            told.append(held)
            came.notify_all()

    with audobon.Library.open(folder) as ours, audobon.Library.open(folder) as other:
        metal = ours.get(METAL).id
        keeper = Keeper(ours, lane, holding, renew_s=0.01, again_s=0.01)
        other.lock(METAL)
        keeper.hold([str(folder / METAL)], "Blender")
        with came:
            assert came.wait_for(lambda: told, 60.0)
            assert set(told) == {frozenset()}
            other.unlock(METAL)
            assert came.wait_for(lambda: told[-1] == {metal}, 60.0)
        until = [lock.until for lock in other.locks()]
        with came:
            count = len(told)
            assert came.wait_for(lambda: len(told) > count + 1, 60.0)
        assert [lock.until for lock in other.locks()] > until, "it is renewed"
        lane.end()
        assert lane.join(30.0)
        keeper.release()
        assert other.locks() == ()
    assert failed == []
