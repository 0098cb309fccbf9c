"""Blender's list of asset libraries, rules for scripts, and the words of the health panel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import audobon
from audobon.model.job import JobRow
from audobon.services.caches import CacheSize
from audobon.services.doctor import Check, Health
from audobon.session.state import Doing, Engine, State
from audobon_blender.logic import health
from audobon_blender.logic.native import Change, Entry, Native, reconcile
from audobon_blender.logic.policies import SAME, Policies
from audobon_blender.logic.trust import ALLOW, ASK, REFUSE

HERE, THERE = Entry("Studio", "/work/studio"), Entry("Studio", "/mnt/studio")
OTHER = Entry("Other", "/work/other")


class TestReconcile:
    @pytest.mark.parametrize(
        ("ours", "known", "now", "expected"),
        [
            ({}, [HERE], HERE, None),  # the person's own entry
            ({"a": HERE}, [OTHER, HERE], HERE, None),
            ({"a": HERE}, [OTHER, HERE], THERE, Change(HERE, THERE)),  # it has moved
            ({"a": HERE}, [HERE], Entry("New", HERE.path), Change(HERE, Entry("New", HERE.path))),
            ({"a": HERE}, [OTHER], THERE, None),  # taken out by the person
            ({"a": HERE}, [Entry("Mine", HERE.path)], Entry("New", HERE.path), None),
            ({"a": HERE}, [HERE, THERE], THERE, None),  # there is one for the new place already
            (
                {"a": HERE},
                [Entry("Mine", HERE.path)],
                THERE,
                Change(Entry("Mine", HERE.path), Entry("Mine", THERE.path)),
            ),
            ({"b": HERE}, [HERE], THERE, None),
        ],
    )
    def test_ours_follows_the_library_and_the_persons_own_stays(
        self, ours: dict[str, Entry], known: list[Entry], now: Entry, expected: Change | None
    ) -> None:
        assert reconcile(ours, known, "a", now) == expected

    def test_what_is_ours_is_remembered(self, tmp_path: Path) -> None:
        path = tmp_path / "new folder" / "native.json"
        native = Native(path)
        native.made("a", HERE)
        native.made("b", OTHER)
        native.forget("b")
        assert Native(path).ours == {"a": HERE}

    @pytest.mark.parametrize("text", ["", "{", "7", '{"a": 1}', "[]"])
    def test_a_damaged_memory_is_none(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "native.json"
        path.write_text(text)
        assert Native(path).ours == {}

    def test_stale_is_what_is_no_library_any_more(self, tmp_path: Path) -> None:
        audobon.Library.create(tmp_path / "Real").close()
        (tmp_path / "Was").mkdir()
        native = Native(tmp_path / "native.json")
        for name in ("Real", "Was", "Unplugged"):
            native.made(name, Entry(name, str(tmp_path / name)))
        assert native.stale() == ["Was"]


class TestPolicies:
    def test_a_librarys_own_rule_goes_first_and_lasts(self, tmp_path: Path) -> None:
        path = tmp_path / "trust.json"
        policies = Policies(path)
        assert policies.of_library("a") == SAME
        policies.set_library("a", REFUSE)
        again = Policies(path)
        assert again.rule(ASK, "a", ["/x.blend"]) == REFUSE
        assert again.rule(ALLOW, "b", ["/x.blend"]) == ALLOW
        again.set_library("a", SAME)
        assert Policies(path).rule(ASK, "a", ["/x.blend"]) == ASK

    def test_trusted_are_files_that_all_lie_in_such_a_folder(self, tmp_path: Path) -> None:
        inside, outside = tmp_path / "mine" / "a.blend", tmp_path / "mine too.blend"
        inside.parent.mkdir()
        inside.touch()
        outside.touch()
        policies = Policies(tmp_path / "trust.json")
        policies.trust(str(inside.parent))
        assert policies.rule(ASK, "a", [str(inside)]) == ALLOW
        assert policies.rule(ASK, "a", [str(inside), str(outside)]) == ASK
        assert policies.rule(REFUSE, "a", [str(inside)]) == REFUSE
        link = inside.parent / "link.blend"
        link.symlink_to(outside)
        assert policies.rule(ASK, "a", [str(link)]) == ASK, "it leads out of the folder"
        policies.distrust(policies.folders[0])
        assert Policies(tmp_path / "trust.json").rule(ASK, "a", [str(inside)]) == ASK

    @pytest.mark.parametrize(
        "text", ["", "[]", '{"folders": 7}', '{"folders": ["x"], "libraries": {"a": "run it"}}']
    )
    def test_a_damaged_file_trusts_nobody(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "trust.json"
        path.write_text(text)
        policies = Policies(path)
        assert policies.folders == ()
        assert policies.rule(ASK, "a", ["x/y.blend"]) == ASK


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
    assert [(line.icon, line.mend) for line in lines[:3]] == [
        ("ERROR", True),
        ("INFO", False),
        ("X", False),
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


def job(state: str, progress: float = 0.0) -> JobRow:
    now = datetime(2026, 5, 17, tzinfo=UTC)
    return JobRow(
        *(7, "preview", "", 0, state, {}, progress, 1, "", None, None),
        created=now,
        started=now,
        ended=None,
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
