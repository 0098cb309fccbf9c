"""The demo shows every pipeline whose components are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from audobon.demo import run_demo


def test_what_is_installed_is_shown(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon.demo.samples._PLACES", ())
    told: list[str] = []
    text = run_demo(tmp_path / "demo", [], tell=told.append).read_text("utf-8")
    assert [line for line in told if line.startswith("tags: ")]
    assert "audobon models install tags" not in text
    assert "audobon models install style<" in text
    assert "is not done yet" not in text
