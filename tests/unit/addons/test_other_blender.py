"""Pictures from another program, some at a time: as the add-on asks a second Blender for them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from audobon_blender.logic.otherblender import OtherBlender

_PROGRAM = """
import json, sys
from array import array
job = json.loads(sys.argv[-1])
sizes = []
with open({log!r}, "a") as stream:
    stream.write(f"{{len(job['files'])}} ")
with open(job["to"], "wb") as stream:
    for path, kind in job["files"]:
        if kind == "blend":
            sizes.append(None)
            continue
        array("f", [float(path)] * 8).tofile(stream)
        sizes.append([2, 1])
with open(job["sizes"], "w") as stream:
    json.dump(sizes, stream)
"""


def _until(fits: Callable[[], object]) -> None:
    end = time.monotonic() + 240
    while not fits():
        assert time.monotonic() < end
        time.sleep(0.005)


def _other(tmp_path: Path, program: str) -> OtherBlender:
    script = tmp_path / "program.py"
    script.write_text(program)
    return OtherBlender(lambda: [sys.executable, str(script)])


def test_files_are_shown_some_at_a_time_and_given_away_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    other = _other(tmp_path, _PROGRAM.format(log=str(log)))
    wanted = {str(number): (str(number), "image") for number in range(30)}
    wanted["scene"] = ("scene.blend", "blend")
    other.want(wanted)
    found = {}

    def all_came() -> bool:
        for key in wanted:
            if (one := other.take(key)) is not None:
                found[key] = one
        return len(found) == 30

    _until(all_came)
    assert found["7"].width == 2
    assert memoryview(found["7"].data).cast("f").tolist() == [7.0] * 8
    _until(lambda: other.gave_up("scene"))
    assert log.read_text().split() == ["24", "7"]
    other.want({"scene": ("scene.blend", "blend"), "7": ("7", "image")})
    _until(lambda: other.take("7") is not None)  # somebody has scrolled far, and back
    assert log.read_text().split() == ["24", "7", "1"], "what cannot be shown is tried once"
    assert other.close(30.0)


def test_a_program_that_fails_is_told_and_leaves_the_rest(tmp_path: Path) -> None:
    other = _other(tmp_path, "raise SystemExit('Error: no such thing')")
    other.want({"a": ("a", "image")})
    _until(lambda: other.gave_up("a"))
    _until(lambda: "no such thing" in other.trouble)
    assert other.close(30.0)


def test_closing_stops_the_program_that_is_at_work(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    program = f"import time\nopen({str(begun)!r}, 'w').close()\ntime.sleep(600)"
    other = _other(tmp_path, program)
    other.want({"a": ("a", "image")})
    _until(begun.exists)
    assert not other.gave_up("a"), "it is still at it"
    assert other.close(60.0)
    other.want({"b": ("b", "image")})
    assert other.take("b") is None
    assert _other(tmp_path, program).close(), "one that was never asked has nothing to end"
