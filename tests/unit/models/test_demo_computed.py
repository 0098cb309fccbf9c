"""The demo shows every pipeline and search whose components are there."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from audobon.demo import run_demo


def test_what_is_installed_is_shown(
    tmp_path: Path, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon.demo.samples._PLACES", ())
    monkeypatch.setenv("XDG_DATA_HOME", str(both))
    monkeypatch.setenv("XDG_CACHE_HOME", str(both / "cache"))
    told: list[str] = []
    text = unescape(run_demo(tmp_path / "demo", [], tell=told.append).read_text("utf-8"))
    assert [line for line in told if line.startswith("tags: ")]
    assert "audobon models install tags" not in text
    assert "audobon models install style<" in text
    assert "is not done yet" not in text
    evening = _row(text, 'meaning:"evening sky"')
    assert evening.count("found by meaning") >= 2
    assert "sunset_<wbr>study" in evening
    likeness = _row(text, "like:paintings/sunset_study.png")
    assert likeness.count('src="data:image/') == likeness.count("<figure>") >= 2
    assert "asked with this one" in likeness
    assert "found by like" in likeness
    assert "noon_<wbr>study" in likeness
    assert "Not searched by" not in text


def _row(text: str, query: str) -> str:
    """What the page shows below a question."""
    _, found, rest = text.partition(f"lib.search('{query}')")
    assert found, query
    return rest.partition("<pre>")[0]
