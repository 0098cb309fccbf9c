"""The rows of the docker's page about health, over real libraries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audobon.session import Problem, Session, State
from audobon.testing.pictures import write_png
from audobon_krita.logic import health, words


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    root = tmp_path / "Paintings"
    write_png(root / "oak.png", 16, 8)
    made = Session(follow_s=0.05)
    made.create(root)
    yield made
    assert made.close(30.0)


def until(session: Session, fits: Callable[[State], object]) -> State:
    deadline = time.monotonic() + 240
    while not fits(session.state):
        session.pump()
        assert time.monotonic() < deadline, session.state
        time.sleep(0.005)
    return session.state


def test_the_page_has_rows_before_and_after_a_check(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUDOBON_METRICS", raising=False)
    state = until(session, lambda state: state.phase == "open")
    before = health.view(session, state, "Krita 5.1")
    assert before.verdict == "Not looked at yet."
    assert (before.findings, before.caches, before.storage) == ((), (), ())
    session.do("add", lambda library, _report: library.add(library.path) and None)
    session.check()
    state = until(session, lambda state: state.health)
    after = health.view(session, state, "Krita 5.1")
    assert not after.mends
    assert ("✓", "Library: 1 assets") in after.findings
    assert [name for _, name in after.caches] == ["previews", "details", "results"]
    assert after.storage == ("No version yet", "1 asset in no version yet")
    assert "Krita 5.1" in after.versions
    assert not after.read_only
    assert not words.silent(state)
    assert (before.slow, before.faults) == ((), ())
    assert any(line.startswith("Add: ") for line in after.slow)
    assert (before.measuring, after.measuring[1]) == (("", ""), "Do Not Keep")
    session.switch_metrics(on=False)
    state = until(session, lambda state: state.metrics and not state.metrics.on)
    assert health.view(session, state, "").measuring == ("", "Keep")
    assert "not kept" in health.view(session, state, "").slow[-1]
    session.switch_metrics(on=True)
    until(session, lambda state: state.metrics and state.metrics.on)
    pages: list[str] = []
    session.health_page(pages.append)
    until(session, lambda _: pages)
    assert "Response times" in Path(pages[0]).read_text("utf-8")


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        ("", "It is off"),
        ("start it", "It is off. Start it"),
        ("'audobon doctor' tells", "It is off. 'audobon doctor' tells"),
        ("/tmp/x has it", "It is off. /tmp/x has it"),
    ],
)
def test_what_helps_is_a_sentence_of_its_own(hint: str, told: str) -> None:
    assert words.problem(Problem("It is off", hint)) == told


def test_a_failure_can_be_copied(session: Session) -> None:
    until(session, lambda state: state.phase == "open")
    session.do("Reading", lambda library, _report: library.get("nothing.png") and None)
    state = until(session, lambda state: state.notice)
    [(text, details)] = health.view(session, state, "").troubles
    assert "nothing.png" in text
    assert "at Reading" in details
    assert "Traceback" in details


@pytest.mark.parametrize("text", ["", "plain words", "/home/ana/a very long folder/x.png"])
def test_places_to_break_are_added_and_nothing_else(text: str) -> None:
    assert health.breakable(text).replace("\u200b", "") == text


def test_no_word_is_longer_than_a_narrow_column() -> None:
    made = health.breakable("x" * 100 + "/home/ana/y" + "ö" * 70)
    assert max(len(part) for word in made.split() for part in word.split("\u200b")) <= 24
