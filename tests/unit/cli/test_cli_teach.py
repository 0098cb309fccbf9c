"""``audobon teach`` as people call it, but for the lesson itself, which needs a network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import audobon
from audobon.errors import Invalid, NotFound

Verb = Callable[..., Result]
Data = Callable[..., dict[str, Any]]

FIGURES = {
    "f1": 0.9, "f1_within": [0.7, 0.97], "precision": 0.9, "precision_within": [0.7, 0.97],
    "recall": 0.9, "recall_within": [0.7, 0.97], "ranked": 0.95,
}  # fmt: skip
CARD = {
    "held_out": [["ab" * 32, True, 0.93, 0], ["cd" * 32, False, 0.61, 1]],
    "given": 42, "repeated": 1, "contradicted": [], "lost": 0, "yes": 20, "no": 20,
    "figures": FIGURES, "loss": 0.3, "penalty": 0.01, "tried": 7, "seed": 0, "seconds": 1.2,
    "rivals": [{"name": "nearest", **FIGURES, "loss": 0.4, "ahead": [-0.05, 0.2]}],
    "promise": {"target": 0.8, "kept": False, "least": 0.6, "shown": 11, "right": 10,
                "recall": 0.5, "needed": 11},
    "features": "f",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _taught(folder: Path) -> None:
    with audobon.Library.open(folder) as lib:
        for refused in ("", "it is no better than nearest"):
            lib._stores.catalog.keep_head(
                *("rusty", b"\0\0\0\0", CARD), space="s", refused=refused, target=0.8,
                promised=False, threshold=0.5, now=datetime(2026, 11, 27, tzinfo=UTC),
            )  # fmt: skip


def test_what_was_learnt_is_listed_and_told(verb: Verb, data: Data) -> None:
    lines = verb("teach").stdout.splitlines()
    assert lines[0].split("  ")[0] == "tag"
    assert lines[-2].split() == ["rusty", "1", "0.90", "(0.70", "to", "0.97)", "in", "use"]
    assert lines[-1].endswith("it is no better than nearest")
    assert verb("teach", "rusty", "--versions").stdout == verb("teach").stdout
    assert [each["used"] for each in data("teach")["heads"]] == [True, False]
    card = verb("teach", "rusty", "--card").stdout
    assert "42 pictures were given: 20 different ones that have the tag and 20 that" in card
    assert "1 had bytes that were given already" in card
    assert "80% precision cannot be promised: 10 of 11 held-out pictures are right" in card
    assert "the nearest example | 0.90 (0.70 to 0.97) | 0.95 | -0.05 to +0.20" in card
    assert "wrong: cdcdcdcdcdcd (0.61)" in card
    assert "not taken into use" in verb("teach", "rusty", "--card", "--version", "2").stdout


def test_versions_are_compared_refused_ones_too(verb: Verb, data: Data) -> None:
    head, first, second, why = verb("teach", "rusty", "--compare").stdout.splitlines()
    assert head.split()[:4] == ["version", "made", "yes/no", "F1"]
    assert "nearest" in head
    assert "zero-shot" not in head  # nobody took part under this name
    assert first.split()[2:6] == ["20/20", "0.90", "(0.70", "to"]
    assert first.endswith("in use")
    assert second.endswith("refused")
    assert why == "version 2 was not taken into use by itself: it is no better than nearest"
    one, other = data("teach", "rusty", "--compare")["runs"]
    assert (one["state"], other["state"]) == ("in use", "refused")
    assert one["at_threshold"]["precision"] == 0.5  # one of two above 0.5 is right
    assert [cut["recall"] for cut in one["cuts"]] == [1.0, 1.0]
    assert one["backbone"] == "features s"
    assert (one["path"], one["took"], one["memory"]) == ([], None, None)  # not kept then
    told = verb("teach", "rusty", "--page", "out.html").stdout.splitlines()
    assert (told[0], told[-1]) == (head, "out.html")
    assert "F1 by version" in Path("out.html").read_text("utf-8")
    every = verb("teach", "--compare").stdout.splitlines()
    assert [line.split()[0] for line in every] == ["tag", "rusty", "rusty"]
    assert every[1].split()[1] == "2"  # the newest


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (["--yes", "a.png"], "name the tag", 2),
        (["rusty", "--use", "1", "--apply"], "one at a time", 2),
        (["rusty", "--use", "one"], "is no version", Invalid.code),
        (["shiny", "--card"], "was never taught", NotFound.code),
        (["shiny", "--compare"], "was never taught", NotFound.code),
        (["rusty", "--use", "9"], "no version 9; there are 1, 2", NotFound.code),
        (["shiny", "--apply"], "no version of shiny is in use", Invalid.code),
    ],
)
def test_what_makes_no_sense_is_refused(
    verb: Verb, words: list[str], said: str, status: int
) -> None:
    assert said in verb("teach", *words, status=status).stderr
