"""``audobon cache`` shows, clears and limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from audobon.errors import Invalid, NotFound


def test_caches_are_shown_cleared_and_limited(
    folder: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]]
) -> None:
    results = folder / ".audobon" / "derived" / "results" / "v1"
    results.mkdir(parents=True)
    shown = data("cache")["caches"]
    assert [(one["name"], one["size"]) for one in shown] == [
        ("previews", 0),
        ("details", 0),
        ("results", 0),
    ]
    assert "previews" in verb("cache", "show").stdout
    told = verb("cache", "budget", "results", "64mb").stdout
    assert told == "results take 0 B of 64.0 MB\n"
    assert data("cache")["caches"][2]["budget"] == 64 << 20
    assert data("cache", "budget", "results", "usual")["caches"][0]["budget"] == 2 << 30
    assert data("cache", "clear", "results")["freed"] == 0
    assert verb("cache", "clear").stdout == "freed 0 B\n"
    assert (
        "no size"
        in data("cache", "budget", "results", "much", status=Invalid.code)["error"]["message"]
    )
    data("cache", "budget", "thumbs", "1gb", status=NotFound.code)
    verb("cache", "budget", "results", status=2)
    verb("cache", "empty", status=2)
