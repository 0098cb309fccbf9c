"""``audobon stats`` about metrics and errors, and the pages, as people type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDOBON_METRICS", raising=False)


def test_metrics_and_errors(folder: Path, verb: Any) -> None:
    del folder
    assert "no error since" in verb("stats", "--errors").output
    verb("search", "oak")
    verb("search", "width:oak", status=11)
    shown = verb("stats", "--metrics").output
    assert "search" in shown
    assert "search failed" in shown
    assert "1 error;" in shown
    assert "at most 9.05 % off" in shown
    told = json.loads(verb("stats", "--metrics", "--json", "--since", "24h").output)
    assert (told["schema"], told["on"]) == (1, True)
    calls = {tuple(each["labels"].values()): each for each in told["figures"]}
    assert calls["search", "ok"]["count"] == 1
    assert 0 < calls["search", "ok"]["p50"] <= calls["search", "ok"]["most"]
    errors = verb("stats", "--errors").output
    assert "search: query [11], once" in errors
    assert "what to do: Mend the query at that place." in errors
    [error] = json.loads(verb("stats", "--errors", "--json").output)["errors"]
    assert (error["kind"], error["code"], error["count"]) == ("search", 11, 1)
    assert "not kept" in verb("stats", "--metrics", "--off").output
    verb("search", "oak")
    assert json.loads(verb("stats", "--metrics", "--json").output)["on"] is False
    assert "0 rows forgotten" in verb("stats", "--metrics", "--forget", "--older", "1d").output
    gone = json.loads(verb("stats", "--metrics", "--forget", "--json").output)
    assert gone["forgotten"] > 0
    assert gone["on"] is False
    assert "are kept" in verb("stats", "--metrics", "--on").output


def test_pages_and_prometheus(folder: Path, verb: Any) -> None:
    verb("search", "oak")
    page = folder.parent / "health.html"
    assert verb("stats", "--page", page).output.strip() == str(page)
    assert "Response times" in page.read_text("utf-8")
    assert "The doctor" not in page.read_text("utf-8")
    told = json.loads(verb("doctor", "--page", page, "--json").output)
    assert told["page"] == str(page)
    assert "The doctor" in page.read_text("utf-8")
    text = verb("stats", "--prometheus").output
    assert "# TYPE audobon_call_seconds histogram" in text
    assert json.loads(verb("stats", "--prometheus", "--json").output)["prometheus"]


def test_what_makes_no_sense_is_refused(folder: Path, verb: Any) -> None:
    del folder
    for wrong in (
        ("--metrics", "--errors"),
        ("--metrics", "--prometheus"),
        ("--errors", "--off"),
        ("--older", "7d", "--metrics"),
        ("--since", "7d"),
        ("--metrics", "--since", "a week"),
    ):
        verb("stats", *wrong, status=10)
