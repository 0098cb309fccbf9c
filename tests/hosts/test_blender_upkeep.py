"""What the add-on keeps in order in a real Blender: its browser's list, rules, health, failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts


def test_blenders_own_browser_rules_health_and_the_log(
    in_blender: Callable[[str, str, Path], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "Studio"
    write_png(folder / "oak.png", 64, 64, color=(150, 80, 40))
    told = in_blender("upkeep_job", "upkeep", folder)
    assert told["untouched"], "nothing is written before somebody asks for it"
    assert "# a remark of Ana's\n" in told["cats"]
    assert {line.split(":")[1] for line in told["cats"].splitlines() if line.count(":") == 2} >= {
        *("Wood", "Wood/Oak", "Made", "Made/In Blender")
    }
    assert told["entries"] == [{"Studio": str(folder)}, {"Studio": f"{folder} moved"}]
    assert told["again"] == ["FINISHED"]
    assert told["sound"]
    assert told["faults"][0][0].startswith("Search: query (")
    assert told["faults"][0][1].startswith("Mend the query at that place.")
    assert len(told["slow"]) > 1
    assert told["page"] == [True, True]
    assert "mended" in told["mended"]
    assert "opened " in told["log"]
    assert "freed" in told["log"]
    assert ["driver", "far/far.blend"] in told["found"]
    assert ["library", ""] in told["found"]
    assert "in linked files: 1 driver with Python" in told["text"]
    assert told["lines"][0].startswith("far/far.blend: Driver: object Cube: len(")
    rules = ["refuse", "go", "ask"]
    assert told["what"] == [*rules, "ask", "go", "go", "wait"]
    assert told["without"] == {}
    assert told["listed"] == {"Studio": f"{folder} moved"}
    assert told["left"] == told["begun"] - 1, "the status bar is as it was"


def test_a_broken_sdk_is_a_sentence_and_blender_goes_on(
    in_blender: Callable[[str, str, Path], Any], tmp_path: Path
) -> None:
    told = in_blender("upkeep_job", "broken", tmp_path)
    message, hint, traced = told["attr"]
    assert message.startswith("Audobon is off, because its SDK cannot be loaded: OSError: libfoo")
    assert "install the add-on once more" in hint
    assert traced
    message, hint, traced = told["apsw"]
    assert "no module of this Python" in message
    assert hint
    assert traced


def test_without_search_and_versions_the_rest_works(
    in_blender: Callable[[str, str, Path], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "Assets"
    write_png(folder / "oak.png", 64, 64, color=(150, 80, 40))
    with audobon.Library.create(folder) as library:
        library.add(folder)
        library.commit("one")
    told = in_blender("upkeep_job", "half", tmp_path)
    assert (told["phase"], told["rating"]) == ("open", 3)
    assert "no module of this Python" in told["search"]
    assert told["versions"].startswith("versions are off: pygit2 cannot be loaded")
