"""What both add-ons show and ask for where a tag is taught, without a host."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import evolve

import audobon
from audobon.model.head import Example
from audobon.session import Session, State
from audobon.session.state import Chosen, Selection
from audobon.session.taught import TeachSeen
from audobon.testing.pictures import write_png
from audobon_blender.logic import teaching as blender
from audobon_krita.logic import teaching as krita

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def shelf(folder: Path, count: int) -> tuple[Any, ...]:
    for number in range(count):
        write_png(folder / f"{number}.png", 8 + number, 8)
    with audobon.Library.create(folder) as library:
        return library.add(folder).added


def until(session: Session, fits: Callable[[State], object]) -> State:
    end = time.monotonic() + 60
    while not fits(session.state):
        assert time.monotonic() < end, session.state
        time.sleep(0.005)
    return session.state


def test_pictures_are_shown_page_by_page_and_only_of_the_tag_that_is_meant(tmp_path: Path) -> None:
    assets = shelf(tmp_path, 8)
    yes = tuple(Example(asset, True, "marked") for asset in assets)
    seen = TeachSeen(known=True, tag="rust", yes=yes, yes_count=70)
    state = State(teaching=seen)
    for page in (blender.new_page(), krita.new_page()):
        assert page.pictured(state) == (), "nobody looks"
        assert page.look("moss") == 0
        assert page.view(state) is None, "what is known is of another tag"
        page.look("rust")
        view = page.view(state)
        assert view is not None
        assert page.view(state) is view, "made once"
        assert len(page.pictured(state)) == len(page.pictures(state)) == krita.PICTURES
        assert page.place(state) == "1 to 6 of 70"
        page.step(state, 1)
        assert page.place(state) == "7 to 8 of 70"
        assert [one.asset for one in page.pictures(state)] == list(assets[6:])
        page.step(state, 1)
        assert page.place(state) == "1 to 6 of 70", "behind the last page comes the first"
        page.step(state, -1)
        fewer = State(teaching=evolve(seen, yes=yes[:2], yes_count=2))
        assert len(page.pictures(fewer)) == 2, "some were taken back meanwhile"
        assert page.place(fewer) == ""
        page.show(3)
        assert page.look("rust") == 3
        assert page.look("moss") == 0, "another tag begins with its newest version"


def test_a_click_in_krita_marks_what_is_selected_chosen_or_named(tmp_path: Path) -> None:
    a, b = shelf(tmp_path, 2)
    assert krita.meant(State()) == ""
    assert krita.meant(State(chosen=Chosen(a))) == f"{a.name} is chosen in Assets"
    assert krita.meant(State(selection=Selection(count=2))).startswith("2 assets")
    tags = State(teaching=TeachSeen(tags=(("rust", 2),)), tags=(("oak", 4), ("rust", 1)))
    assert krita.known(tags) == ("rust", "oak")
    session = Session(follow_s=0.05)
    session.open(tmp_path)
    until(session, lambda state: state.phase == "open" and state.found.total == 2)
    session.teaching.watch("rust")
    krita.mark(session, "rust", True)
    session.selection.everything()
    until(session, lambda state: state.selection.count == 2)
    krita.mark(session, "rust", True)
    until(session, lambda state: state.teaching.yes_count == 2)
    krita.mark(session, "rust", False, b.id)
    until(session, lambda state: (state.teaching.yes_count, state.teaching.no_count) == (1, 1))
    krita.mark(session, "rust", None, b.id)
    until(session, lambda state: (state.teaching.yes_count, state.teaching.no_count) == (1, 0))
    assert session.close(30.0)
