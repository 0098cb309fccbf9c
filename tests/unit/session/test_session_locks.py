"""Locks from a session, with another process that works in the same library."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.panel.locks import break_lines, view
from audobon.services.core.locking import lock_files, take_over
from audobon.session import Session, State

Until = Callable[..., State]

OAK, MOSS, NOTE = "oak planks.png", "mossy stone.png", "readme.txt"

_GRACE = """
import sys
import audobon
with audobon.Library.open(sys.argv[1], author="Grace <grace@example.org>") as library:
    for line in sys.stdin:
        try:
            told = eval(line)
        except audobon.AudobonError as error:
            told = error.message
        print(told, flush=True)
"""


class Grace:
    """Somebody else, in a process on another machine: one with a home of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        env = {**os.environ, "XDG_DATA_HOME": str(home)}
        env["PYTHONPATH"] = str(Path(audobon.__file__).parents[1])
        self.process = subprocess.Popen(
            [sys.executable, "-c", _GRACE, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip

    def does(self, text: str) -> str:
        """What came of an expression about ``library``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def ends(self) -> None:
        self.process.communicate()


@pytest.fixture
def grace(folder: Path, tmp_path: Path) -> Iterator[Grace]:
    made = Grace(folder, tmp_path / "workstation-2")
    yield made
    made.ends()


@pytest.fixture
def shown(opened: Session, until: Until) -> Callable[[Callable[[State], Any]], State]:
    """Wait until the state is as asked for, as a host's panel would."""

    def wait(fits: Callable[[State], Any]) -> State:
        def ready(state: State) -> Any:
            opened.locks.watch()
            opened.pump()
            return state.locks.known and fits(state)

        return until(ready)

    return wait


Shown = Callable[[Callable[[State], Any]], State]


def _said(text: str) -> Callable[[State], bool]:
    return lambda state: state.notice is not None and text in state.notice.text


def _refused(text: str) -> Callable[[State], bool]:
    def fits(state: State) -> bool:
        problem = None if state.notice is None else state.notice.problem
        return problem is not None and text in problem.message

    return fits


def test_what_another_process_locks_is_seen_refused_and_broken(
    opened: Session, shown: Shown, grace: Grace
) -> None:
    ids = {one.name: one.id for one in opened.state.found.assets}
    assert view(shown(lambda _: True)).nothing.startswith("Nothing is locked. ")
    assert grace.does(f"library.lock({OAK!r}, program='Krita').mine") == "True"
    state = shown(lambda state: state.locks.lock(ids[OAK]))
    [row] = view(state).rows
    assert (row.name, row.mine, row.known) == (OAK, False, True)
    assert row.text.endswith("(Grace, Krita)")
    assert row.until.endswith("unless it is renewed; stale if that machine is off")

    opened.locks.lock([ids[OAK]], program="Blender")
    state = shown(_refused("(Grace, Krita)"))
    assert state.notice is not None
    assert state.notice.problem is not None
    assert state.notice.problem.code == 30
    assert state.notice.problem.hint == "ask them, or break the lock in the list of locks"
    opened.locks.unlock([ids[OAK]])
    shown(_refused("is locked by Grace on "))
    done: list[int] = []
    opened.locks.lock([ids[OAK], ids[MOSS], "no-such-asset"], then=lambda: done.append(1))
    state = shown(_said("1 asset locked by somebody else"))
    assert state.notice is not None
    assert state.notice.text.startswith(f"{MOSS} is locked; ")
    assert state.notice.partly
    assert [(one.name, one.mine) for one in view(state).rows] == [(MOSS, True), (OAK, False)]
    assert "Yours, until " in view(state).rows[0].until
    shown(lambda _: done)

    # It is broken as it was shown, and no other one.
    stale = view(state).rows[1].seen
    grace.does(f"library.unlock({OAK!r})")
    assert grace.does(f"library.lock({OAK!r}, program='Blender').mine") == "True"
    opened.locks.break_lock(stale)
    shown(_refused("is locked by another than was shown"))
    row = view(shown(lambda state: "Blender" in view(state).rows[1].text)).rows[1]
    first, *rest = break_lines(row.seen)
    assert first == f"{OAK} is {row.seen.text}."
    assert rest[0].startswith("Grace may have work in Blender on ")
    opened.locks.break_lock(row.seen)
    state = shown(_said(f"{OAK} is free: the lock of Grace on "))
    assert state.locks.lock(ids[OAK]) is None, "the list is told no later than the notice"
    opened.locks.break_lock(row.seen)
    shown(_said(f"{OAK} is free already"))

    opened.locks.lock([ids[OAK]], program="Blender")
    shown(lambda state: (found := state.locks.lock(ids[OAK])) and found.mine and found.kept)
    assert "Blender" in grace.does(f"library.lock({OAK!r})"), "she is refused"
    opened.locks.unlock([ids[OAK], ids[MOSS]])
    shown(_said("2 assets are free"))
    shown(lambda state: view(state).nothing)
    opened.locks.unlock([ids[OAK]])
    shown(_said("None of them is locked"))
    assert grace.does("library.locks()") == "()"
    assert opened.state.locking is None


def test_an_open_file_may_be_let_go_of_and_what_is_kept_outlives_it(
    opened: Session, shown: Shown, folder: Path
) -> None:
    ids = {one.name: one.id for one in opened.state.found.assets}
    with audobon.Library.open(folder, author="Grace <grace@example.org>") as other:
        opened.history.hold([str(folder / OAK), str(folder / NOTE)], "Blender")
        state = shown(lambda state: state.past.holding == {ids[OAK], ids[NOTE]})
        state = shown(lambda state: len(state.locks.locks) == 2)
        assert {row.until for row in view(state).rows} == {"Yours, until the file is closed here"}
        opened.locks.unlock([ids[OAK]])
        shown(lambda state: state.past.holding == {ids[NOTE]})
        # Somebody breaks one: it is theirs then, and not taken back.
        other.unlock(NOTE, force=True)
        shown(lambda state: not state.past.holding)
        assert other.lock(NOTE).mine
        other.unlock(NOTE)
        opened.do("anything", lambda _library, _report: "done")
        shown(_said("done"))
        assert other.locks() == ()
        # Opened anew it is locked again; what is locked by hand beside stays when it is closed.
        opened.history.hold([str(folder / OAK)], "Blender")
        shown(lambda state: state.past.holding == {ids[OAK]})
        opened.locks.lock([ids[OAK]], program="Blender")
        state = shown(lambda state: (found := state.locks.lock(ids[OAK])) and found.kept)
        assert view(state).rows[0].until.endswith("; the file is open here")
        opened.history.hold([], "Blender")
        shown(lambda state: not state.past.holding)
        [left] = other.locks()
        assert (left.asset_id, left.kept, left.mine) == (ids[OAK], True, False)
        assert opened.close(30.0)
        assert len(other.locks()) == 1


def test_what_a_remote_brought_and_what_is_no_asset_here(
    opened: Session, shown: Shown, folder: Path, grace: Grace
) -> None:
    [oak] = [one.id for one in opened.state.found.assets if one.name == OAK]
    grace.does(f"library.lock({OAK!r}, program='Krita\\x1b[2J', keep=True)")
    with audobon.Library.open(folder) as library:
        files = lock_files(library._stores)
        library.unlock(OAK, force=True)
        gone = {**files[oak], "asset_id": "0" * 32, "path": "MyAssets/lamps/lamp.blend"}
        gone["until"] = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        take_over(library._stores, {**files, "0" * 32: gone})
    state = shown(lambda state: len(state.locks.locks) == 2)
    lamp, carried = sorted(view(state).rows, key=lambda row: row.name)
    assert (lamp.name, lamp.known) == ("lamp.blend", False)
    assert lamp.text.endswith("; not in this library")
    assert f"{datetime.now().astimezone().year}" in lamp.until, "another day has its date"
    assert carried.seen.carried
    assert carried.until.startswith("A remote brought it; until ")
    assert "\\x1b[2J" in carried.text, "no sign of theirs does anything"
    assert break_lines(carried.seen)[-1].startswith("A remote brought this lock: ")
    opened.locks.break_lock(carried.seen)
    shown(lambda state: len(state.locks.locks) == 1)
