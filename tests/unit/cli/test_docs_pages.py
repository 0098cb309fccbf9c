"""The tutorial and the page on the format show what really happens."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from cli_console import run_page

import audobon

DOCS = Path(__file__).resolve().parents[3] / "docs"
needs_tools = pytest.mark.skipif(
    sys.platform != "linux" or not (shutil.which("bash") and shutil.which("git")),
    reason="the pages' commands are for Linux, with bash and git",
)


@needs_tools
def test_the_format_page_shows_a_real_library(tmp_path: Path) -> None:
    place = tmp_path / "MyAssets"
    place.mkdir()
    (place / "oak.txt").write_text("a plank of oak")
    (place / "rust.txt").write_text("a sheet of rust")
    with audobon.Library.create(place) as library:
        library.add(place)
        library.edit("oak.txt", add_tags=["wood"])
        first = library.commit("first").id
        (place / "rust.txt").write_text("a sheet of rust, more")
        library.commit("second")

    def known(text: str) -> str:
        inside = text.replace(first[:10], "$FIRST").replace(f"{place}", "$PWD")
        return inside.replace(f"{tmp_path}", "$PWD")

    assert run_page(DOCS / "format" / "library-format.md", tmp_path, known) > 20


@needs_tools
def test_the_tutorial_is_true(tmp_path: Path) -> None:
    def known(text: str) -> str:
        text = re.sub(r"^[0-9a-f]{10} ", "5d1e0c2a97 ", text, flags=re.M)
        text = re.sub(r"\b(is as in|since|in version) [0-9a-f]{10}", r"\1 5d1e0c2a97", text)
        text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-03-01 12:00:00", text)
        text = re.sub(r"(2026-03-01 12:00:00  )\S+", r"\1ada", text)
        return text.replace(str(tmp_path), "/home/ada")

    assert run_page(DOCS / "tutorial.md", tmp_path, known) > 12


@needs_tools
def test_the_page_on_merging_is_true(tmp_path: Path) -> None:
    def known(text: str) -> str:
        return re.sub(r"^  [0-9a-f]{12}  ", "  5d1e0c2a97f3  ", text, flags=re.M)

    assert run_page(DOCS / "merging.md", tmp_path, known) > 12
