"""``audobon suggest`` as people call it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import audobon
from audobon.services.pipelines.reviewing import keep

OAK, WALL = "textures/oak_planks.png", "textures/brick wall.png"
Verb = Callable[..., Result]
Data = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _suggested(folder: Path) -> None:
    by = {"component": "efficientnet-lite0", "version": "1.0.0"}
    with audobon.Library.open(folder) as lib:
        for path in (OAK, WALL):
            values = [{"tag": "plank", "score": 0.75}, {"tag": "door", "score": 0.1}]
            keep(lib._stores, lib.get(path), by, values)


def test_listed_accepted_and_taken_back(verb: Verb, data: Data) -> None:
    lines = verb("suggest").stdout.splitlines()
    assert lines[0].split() == ["asset", "tag", "score", "by"]
    assert lines[2].split("  ")[0] == OAK
    assert lines[2].endswith("plank  0.75   efficientnet-lite0")
    assert len(lines) == 3
    (row,) = data("suggest", OAK)["suggestions"]
    assert (row["path"], row["tag"], row["score"], row["threshold"]) == (OAK, "plank", 0.75, 0.3)
    assert len(data("suggest", "--all")["suggestions"]) == 4
    assert verb("suggest", OAK, "--accept").stdout == "accept plank (1 suggestion)\n"
    assert verb("tag", OAK).stdout.split() == [OAK, "plank"]
    assert data("suggest", OAK) == {"suggestions": [], "rules": []}
    assert verb("undo").stdout == "undo: accept plank\n"
    assert len(data("suggest", "--query", "oak_planks")["suggestions"]) == 1
    (change,) = data("suggest", "--tag", "plank", "--reject")["changes"]
    assert len(change["assets"]) == 2
    assert verb("suggest").stdout == "nothing is suggested\n"
    assert data("suggest", "--tag", "plank", "--accept") == {"changes": []}


def test_rules(verb: Verb, data: Data) -> None:
    assert verb("suggest", "--never", "plank", "--always", "door").stdout == (
        "always door\nnever plank\n"
    )
    assert verb("suggest").stdout == "nothing is suggested\nalways: door\nnever: plank\n"
    data("suggest", "--ask", "plank")
    assert data("suggest")["rules"] == [{"tag": "door", "rule": "always"}]
    assert len(data("suggest")["suggestions"]) == 2


@pytest.mark.parametrize(
    "wrong",
    [("--accept",), (OAK, "--accept", "--reject"), (OAK, "--never", "plank"), ("--limit", "0")],
)
def test_what_cannot_be_meant_is_refused(verb: Verb, data: Data, wrong: tuple[str, ...]) -> None:
    verb("suggest", *wrong, status=2)
    assert len(data("suggest")["suggestions"]) == 2
    assert data("suggest", "--query", "nothing_like_it")["suggestions"] == []
