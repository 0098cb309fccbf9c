"""A tag taught through a session with a real network, as the panels of hosts do it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import audobon
from audobon.panel.teaching import view
from audobon.session import Session, State
from audobon.testing.patterns import write_patterns

Until = Callable[..., State]
TAG, EACH = "our stripes", 8


@pytest.fixture
def folder(home: Path, tmp_path: Path) -> Path:
    """A library of stripes and discs; one of the discs is already marked as stripes."""
    assert home.is_dir()
    root = tmp_path / "MyAssets"
    write_patterns(root, EACH)
    (root / "note.txt").write_text("no picture")
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        library.mark_examples(TAG, "discs 00.png", True)
    return root


@pytest.fixture
def session(folder: Path) -> Iterator[Session]:
    made = Session(follow_s=0.05)
    made.open(folder)
    yield made
    assert made.close(60.0), "a thread of the session has not ended"


@pytest.fixture
def until(session: Session) -> Until:
    """Look at the tag and pump, until the state is as asked for; the state."""

    def wait(fits: Callable[[State], object], *, seconds: float = 240.0) -> State:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            session.teaching.watch(TAG)
            session.pump()
            if fits(session.state):
                return session.state
            time.sleep(0.005)
        raise AssertionError(f"it never came: {session.state.teaching} {session.state.notice}")

    wait(lambda state: state.phase == "open" and state.teaching.yes_count == 1)
    return wait


def ids(session: Session, folder: Path, kind: str) -> list[str]:
    with audobon.Library.open(folder, read_only=True) as library:
        return library.find_ids(f"name:{kind}")


def test_a_tag_is_marked_learnt_corrected_learnt_again_and_taken_back(
    session: Session, until: Until, folder: Path
) -> None:
    assert session.state.teaching.tags == ((TAG, 0),), "marked before the session began"
    assert view(session.state).need.startswith("Select pictures and mark at least 4 more")
    stripes, discs = ids(session, folder, "stripes"), ids(session, folder, "discs")
    wrong = session.state.teaching.yes[0].asset
    assert wrong.id in discs
    note = ids(session, folder, "note")
    session.teaching.mark(TAG, [*stripes, *note], True)
    until(lambda state: state.teaching.yes_count == EACH + 1)
    told = until(lambda state: state.notice).notice
    assert told is not None
    assert told.text == f"{EACH} pictures: yes; 1 that is no picture left out"
    session.teaching.mark(TAG, discs[1:], False)
    until(lambda state: state.teaching.no_count == EACH - 1 and state.marking is None)
    seen = view(session.state)
    assert (seen.ready, seen.button, seen.counts) == (True, "Learn", "9 yes, 7 no.")

    lives = []
    session.teaching.learn(TAG, precision=0.6)
    assert not session.state.teaching.heads
    until(lambda state: state.computing)

    def learnt(state: State) -> bool:
        if (text := view(state).live) and text not in lives:
            lives.append(text)
        return bool(state.teaching.heads) and state.computing is None

    first = until(learnt)
    assert any(text.startswith("Judged ") for text in lives), lives
    assert first.teaching.live is None
    seen = view(first)
    assert seen.button == "Learn Again"
    assert seen.fresh == ""
    mistakes = seen.group("mistakes")
    assert mistakes is not None
    assert wrong.id in [one.asset.id for one in mistakes.pictures]
    assert mistakes.pictures[0].yes is not None

    session.teaching.mark(TAG, [wrong.id], False)
    until(lambda state: state.teaching.fresh == 1 and state.teaching.no_count == EACH)
    session.teaching.learn(TAG, precision=0.6)
    second = until(lambda state: len(state.teaching.heads) == 2 and state.computing is None)
    assert second.teaching.used is not None
    assert second.teaching.used.version == 2
    assert view(second).group("mistakes") is None
    assert view(second).result[0] == "Version 2 is in use."
    assert second.teaching.waiting >= EACH - 1
    pages: list[str] = []
    session.teaching.page(TAG, pages.append)
    session.teaching.page("", pages.append)
    until(lambda _: len(pages) == 2)
    one, every = (Path(page).read_text("utf-8") for page in pages)
    assert "Pictures of version 2" in one
    assert 'src="data:image/' in one
    assert "1 tag, the newest version of each" in every
    session.next_suggestions(TAG)
    chosen = until(lambda state: state.chosen).chosen
    assert chosen is not None
    assert chosen.asset.id in stripes

    session.teaching.use(TAG, None)
    until(lambda state: state.teaching.used is None and not state.teaching.waiting)
    session.teaching.mark(TAG, [wrong.id, stripes[0]], None)
    # What the version was learnt from would count again, were it not left out for good.
    until(lambda state: (state.teaching.yes_count, state.teaching.no_count) == (7, 7))
    until(lambda state: state.computing is None)
    session.teaching.use(TAG, 2)
    until(lambda state: state.teaching.used and state.teaching.waiting)


def test_a_lesson_is_cancelled_and_too_few_examples_are_a_notice(
    session: Session, until: Until, folder: Path
) -> None:
    session.teaching.learn(TAG)
    problem = until(lambda state: state.notice and state.notice.problem).notice
    assert problem is not None
    assert problem.problem is not None
    assert "1 examples of yes are too few" in problem.problem.message
    session.teaching.mark(TAG, ids(session, folder, "stripes"), True)
    session.teaching.mark(TAG, ids(session, folder, "discs"), False)
    until(lambda state: state.teaching.no_count == EACH)
    session.teaching.learn(TAG)
    until(lambda state: state.computing)
    session.cancel_computing()
    until(lambda state: state.computing is None)
    assert session.state.notice is not None
    assert session.state.notice.text == f"Learning {TAG}: cancelled"
    assert session.state.teaching.heads == ()
