"""What both add-ons say of locks, and what a click would be about, without a host."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import evolve

import audobon
from audobon.panel.locks import view
from audobon.session import Session, State
from audobon.session.locked import LockSeen, LocksSeen
from audobon.session.state import Chosen, Selection
from audobon_blender.logic import locks as blender
from audobon_krita.logic import locks as krita

NOW = datetime.now(UTC)
HERS = LockSeen(
    *("1", "oak.png", "MyAssets/oak.png", "Ada", "ws-2", "Blender", NOW, NOW + timedelta(hours=1)),
    text="open on ws-2 since 10:42 (Ada, Blender)",
)  # fmt: skip


def test_a_click_is_about_what_is_selected_or_the_chosen_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    with audobon.Library.create(tmp_path) as library:
        a, b = library.add(tmp_path).added
    session = Session()
    for logic in (blender, krita):
        assert logic.idents(session, State()) == ()
        one = State(chosen=Chosen(a), selection=Selection(count=1))
        assert logic.idents(session, one) == (a.id,), "also where another one is selected"
        assert a.name in logic.meant(one)
        several = evolve(one, selection=Selection(count=2))
        assert logic.idents(session, several) == tuple(session.selection.ids)
        assert logic.meant(several).startswith("2 assets are selected")
    assert b.id != a.id
    session.close()


def test_nobody_breaks_another_lock_than_they_were_asked_about() -> None:
    page = blender.Page()
    state = State(locks=LocksSeen(known=True, locks=(HERS,)))
    assert page.asked(state) is None
    page.ask(state, "1")
    assert page.asked(state) == HERS
    later = evolve(HERS, author="Grace", since=NOW + timedelta(minutes=1))
    assert page.asked(State(locks=LocksSeen(known=True, locks=(later,)))) is None
    page.leave()
    assert page.asked(state) is None
    assert page.view(state) is page.view(state)


def test_a_row_and_what_is_said_beside_it() -> None:
    state = State(locks=LocksSeen(known=True, locks=(HERS,), more=3))
    [row] = view(state).rows
    name, who, until = krita.row_text(row).split("\n")
    assert (name, who) == ("oak.png", "Open on ws-2 since 10:42 (Ada, Blender)")
    assert until.endswith(", unless it is renewed; stale if that machine is off")
    assert krita.more(view(state)) == "And 3 more."
    assert krita.break_lines(HERS) == blender.break_lines(HERS)
    kept = evolve(HERS, kept=True, mine=True, here=True)
    [row] = view(State(locks=LocksSeen(known=True, locks=(kept,)))).rows
    assert row.until.startswith("Yours, until ")
