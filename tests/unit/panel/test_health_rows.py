"""The rows of a health panel: what is wrong, what waits, what it takes, what went wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audobon.model.job import JobRow
from audobon.panel import health
from audobon.services.health.caches import CacheSize
from audobon.services.health.doctor import Check, Health
from audobon.services.health.stats import Stats
from audobon.session.journal import Journal
from audobon.session.problem import Problem
from audobon.session.state import Doing, Engine, Notice, State, Tools

NOW = datetime(2026, 5, 17, tzinfo=UTC)


def job(state: str, progress: float = 0.0, *, error: str = "", ident: int = 7) -> JobRow:
    told = (41, error) if error else None
    return JobRow(
        *(ident, "preview", "", 0, state, {"items": [{"path": "a.png"}]}, progress, 1, ""),
        *(told, None),
        created=NOW,
        started=NOW,
        ended=datetime.now(UTC) - timedelta(hours=3) if error else None,
        hint="take another" if error else "",
    )


CHECKS = (
    Check("catalog", "ok", "12 assets"),
    Check("search index", "problem", "2 problems: it is cut", "'audobon doctor --repair'"),
    Check("chunk store", "ok", "3 files in 1 packs; 'audobon verify' reads every byte"),
    Check("python", "ok", "3.11"),
    Check("models", "off", "no component is installed", "'audobon models install NAME'"),
    Check("worker", "ok", "runs /usr/bin/python3"),
    Check("extra ai", "off", "not installed"),
    Check("disk", "warning", "0.5 GB free"),
)


def test_findings_say_what_is_wrong_first_and_what_a_button_mends() -> None:
    lines = health.findings(Health(CHECKS), Engine("ready", "python3", pictures=False))
    assert [line.text for line in lines] == [
        "Search: 2 problems: it is cut",
        "Disk: 0.5 GB free",
        "Models: no component is installed",
        "Library: 12 assets",
        "Stored: 3 files in 1 packs",
        "Engine: works, no pictures",
    ]
    assert [(line.state, line.mend) for line in lines[:3]] == [
        ("problem", True),
        ("warning", False),
        ("off", False),
    ]
    assert not lines[0].hint, "the button is the hint"
    assert "audobon models" not in lines[2].hint


@pytest.mark.parametrize(
    ("checks", "text"),
    [
        (CHECKS, "1 thing needs mending"),
        (CHECKS[:1], "Everything is in order"),
        (CHECKS[6:], "In order, with 1 remark"),
    ],
)
def test_a_verdict_in_one_sentence(checks: tuple[Check, ...], text: str) -> None:
    assert health.verdict(Health(checks)) == text
    assert health.verdict(None) == "Not looked at yet"


def test_caches_are_told_one_by_one_and_together() -> None:
    sizes = (CacheSize("previews", 1, 4_200_000), CacheSize("results", 3, 800_000))
    assert health.cache_text(sizes) == (
        "Previews: 4.2 MB",
        "Results of local AI: 800 KB",
        "Together: 5.0 MB",
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State(), ("", None)),
        (State(doing=Doing("Looking for files", 0.5)), ("Looking for files", 0.5)),
        (
            State(doing=Doing("Saving", None, waiting=2, cancelling=True), jobs=(job("queued"),)),
            ("Saving, stopping (+3)", None),
        ),
        (State(jobs=(job("queued"),)), ("", None)),
        (State(jobs=(job("running", 0.25), job("queued"))), ("Preview (+1)", 0.25)),
    ],
)
def test_the_status_bar_says_what_is_being_done(
    state: State, expected: tuple[str, float | None]
) -> None:
    assert health.status(state) == expected


def test_running_jobs_come_first_and_failed_ones_last() -> None:
    state = State(
        jobs=(job("queued", ident=1), job("running", 0.25, ident=2)),
        failed=(job("failed", error="it is torn", ident=3),),
    )
    rows = health.jobs(state)
    assert [(row.id, row.state, row.text) for row in rows] == [
        (2, "running", "Preview"),
        (1, "queued", "Preview: waiting"),
        (3, "failed", "Preview: failed, 3 h ago"),
    ]
    assert rows[0].progress == 0.25
    assert rows[2].reason == "it is torn (take another)"
    assert "[41] job 3, preview" in rows[2].details
    assert "a.png" in rows[2].details


def stats(versions: int, uncommitted: int) -> Stats:
    sizes = (4_200_000, 900_000) if versions else (0, 0)
    return Stats(5, 1, 0, (), 0, 0, versions, 5, *sizes, 0, 0, 0, (), uncommitted)


@pytest.mark.parametrize(
    ("versions", "uncommitted", "expected"),
    [
        (0, 5, ("No version yet", "5 assets in no version yet")),
        (1, 1, ("1 version: 900 KB, 4.2 MB as copies", "1 asset changed since the last version")),
        (3, 0, ("3 versions: 900 KB, 4.2 MB as copies", "Everything is in a version")),
    ],
)
def test_storage_tells_what_is_in_no_version(
    versions: int, uncommitted: int, expected: tuple[str, ...]
) -> None:
    assert health.storage(stats(versions, uncommitted)) == expected
    assert health.storage(None) == ()


def test_equal_failures_are_told_once_with_how_often() -> None:
    journal = Journal()
    for number in range(3):
        gone = Problem("the disk is away", "bring it back", 50, "where it was")
        journal.take({"notice": Notice(number, "Saving", gone)})
    journal.take({"problem": Problem("another", code=31)})
    newest, older = journal.troubles()
    assert health.trouble_text(newest) == "another (just now)"
    assert health.trouble_text(older) == "the disk is away (3 times, just now)"
    assert health.report(older) == (
        "[50] at Saving, 3 times: the disk is away\nbring it back\nwhere it was"
    )


def test_of_many_kinds_of_failures_the_newest_are_kept() -> None:
    journal = Journal()
    for number in range(50):
        journal.take({"problem": Problem(f"number {number}")})
    kept = journal.troubles()
    assert len(kept) == 20
    assert kept[0].problem.message == "number 49"


def test_an_absent_engine_says_how_to_get_one() -> None:
    problem = Problem("no Python on this machine can run workers", "set the interpreter", 50)
    state = State(engine=Engine("absent", problem=problem))
    assert health.engine_lines(state) == (
        "No engine",
        "No Python on this machine can run workers.",
        "Set the interpreter.",
    )
    text, commands = health.engine_commands(state)
    assert "two commands" in text
    assert commands == "pip install audobon[images]\naudobon worker --register"
    ready = State(engine=Engine("ready", "/usr/bin/python3"), tools=Tools((("numpy", "2.1"),)))
    assert health.engine_lines(ready)[1:] == ("/usr/bin/python3", "With numpy 2.1")
    assert health.engine_commands(ready) == ("", "")


def test_a_chosen_environment_means_its_python(tmp_path: Path) -> None:
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_bytes(b"")
    assert health.python_in(str(tmp_path / "env")) == str(python)
    assert health.python_in(str(python)) == str(python)
    assert health.python_in(str(tmp_path)) == str(tmp_path)


def test_versions_and_a_library_that_is_only_read() -> None:
    assert health.versions("Krita 5.1").split(", ")[1] == "Krita 5.1"
    assert health.read_only_text(State()) == ""
    assert "read only" in health.read_only_text(State(read_only=True))
