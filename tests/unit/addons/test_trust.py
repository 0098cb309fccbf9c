"""What is asked before a scene with scripts comes in, without Blender."""

from __future__ import annotations

from pathlib import Path

import pytest

from audobon.model.scenecheck import LinkedFile, SceneCheck, SceneFinding
from audobon.session.state import Inside, Problem
from audobon_blender.logic.trust import ALLOW, ASK, REFUSE, judge, seal, stamp_of, summary

DRIVER = SceneFinding("driver", "object Cup", "f(1)", runs=True)
TEXT = SceneFinding("text", "rig.py", "bpy.app.handlers")
FAR = SceneFinding("library", "//far.blend")
STAMP = (10, 20)


def inside(*findings: SceneFinding, more: int = 0) -> Inside:
    return Inside("a", STAMP, SceneCheck(findings, len(findings) + more))


@pytest.mark.parametrize(
    ("found", "policy", "expected"),
    [
        (inside(), ASK, "go"),
        (inside(), REFUSE, "go"),
        (inside(TEXT), REFUSE, "go"),
        (inside(DRIVER), ASK, "ask"),
        (inside(FAR), ASK, "ask"),
        (inside(TEXT, more=1), ASK, "ask"),
        (inside(DRIVER), REFUSE, "refuse"),
        (inside(DRIVER), ALLOW, "go"),
        (None, ASK, "wait"),
        (None, REFUSE, "wait"),
        (None, ALLOW, "go"),
        (Inside("b", STAMP, SceneCheck()), ASK, "wait"),
        (Inside("a", (10, 21), SceneCheck()), ASK, "wait"),
        (Inside("a", STAMP, None, Problem("its header is broken")), ASK, "ask"),
        (Inside("a", STAMP, None, Problem("its header is broken")), REFUSE, "refuse"),
    ],
)
def test_each_policy_with_each_file(found: Inside | None, policy: str, expected: str) -> None:
    assert judge(found, "a", STAMP, policy, ()).what == expected


def test_a_yes_holds_for_the_file_as_it_is() -> None:
    accepted = {seal(None, "a", STAMP)}
    assert judge(inside(DRIVER), "a", STAMP, ASK, accepted).what == "go"
    changed = judge(inside(DRIVER), "a", (10, 21), ASK, accepted)
    assert (changed.what, changed.again) == ("wait", True)


def test_everything_found_is_said() -> None:
    found = judge(inside(DRIVER, TEXT, FAR, more=3), "a", STAMP, ASK, ())
    assert found.text == (
        "In this file: 1 driver with Python, 1 link to another file, "
        "1 script that does not run by itself, 3 more"
    )
    assert found.lines == (
        "Driver: object Cup: f(1)",
        "Text: rig.py: bpy.app.handlers",
        "Library: //far.blend",
        "and 3 more",
    )
    many = judge(inside(*[DRIVER] * 50), "a", STAMP, ASK, ())
    assert (len(many.lines), many.lines[-1]) == (13, "and 38 more")
    assert many.text == "In this file: 50 drivers with Python"
    assert summary(SceneCheck()) == ""
    broken = judge(Inside("a", STAMP, problem=Problem("it is cut")), "a", STAMP, ASK, ())
    assert broken.lines == ("it is cut",)


def test_files_that_come_along_are_told_and_hold_only_as_they_are(tmp_path: Path) -> None:
    far = tmp_path / "far.blend"
    far.write_bytes(b"one")
    size, time_ns = stamp_of(str(far))
    inner = SceneFinding("driver", "object Far", "g()", runs=True, file="far.blend")
    gone = SceneFinding("missing library", "lost.blend")
    check = SceneCheck((inner, FAR, gone), 3, (LinkedFile(str(far), size, time_ns),))
    found = judge(Inside("a", STAMP, check), "a", STAMP, ASK, ())
    assert found.what == "ask"
    assert found.text == (
        "In this file: 1 link to another file, 1 linked file that is missing; "
        "in linked files: 1 driver with Python"
    )
    assert found.lines[0] == "far.blend: Driver: object Far: g()"
    accepted = {seal(Inside("a", STAMP, check), "a", STAMP)}
    assert judge(Inside("a", STAMP, check), "a", STAMP, ASK, accepted).what == "go"
    far.write_bytes(b"another")
    changed = judge(Inside("a", STAMP, check), "a", STAMP, ASK, accepted)
    assert (changed.what, changed.again) == ("wait", True)


def test_the_stamp_of_a_file_changes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.blend"
    assert stamp_of(str(path)) == (0, 0)
    path.write_bytes(b"one")
    before = stamp_of(str(path))
    path.write_bytes(b"another")
    assert stamp_of(str(path)) != before
