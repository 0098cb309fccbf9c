"""What verbs write where somebody says: never over an asset, never into the state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from audobon.testing.pictures import write_png

Verb = Callable[..., Result]
WALL = "textures/brick wall.png"
WRITERS = {
    "preview": ("preview", WALL, "--output"),
    "words": ("words", "export"),
    "page of differences": ("diff", "--html"),
    "audit": ("audit", "export"),
    "page of figures": ("stats", "--page"),
    "page of health": ("doctor", "--page"),
    "page of lessons": ("teach", "--page"),
}


@pytest.mark.parametrize("asked", WRITERS.values(), ids=WRITERS)
def test_neither_an_asset_nor_the_state_is_written_over(
    folder: Path, verb: Verb, asked: tuple[str, ...]
) -> None:
    verb("commit", "-m", "first")
    oak, settings = folder / "textures" / "oak_planks.png", folder / ".audobon" / "library.toml"
    picture, text = oak.read_bytes(), settings.read_bytes()
    told = verb(*asked, oak, status=30)
    assert "oak_planks.png is an asset, and its file is not written over" in told.stderr
    told = verb(*asked, settings, status=10)
    assert "library.toml belongs to the library's own state" in told.stderr
    assert (oak.read_bytes(), settings.read_bytes()) == (picture, text)


def test_a_page_that_was_taken_in_is_written_anew(folder: Path, verb: Verb) -> None:
    verb("commit", "-m", "first")
    write_png(folder / "textures" / "oak_planks.png", 16, 8, color=(200, 60, 30))
    for asked in (("diff", "--html", "page.html"), ("words", "export", "words.json")):
        verb(*asked)
        (folder / asked[-1]).write_text((folder / asked[-1]).read_text() + " ")
        verb("add", folder, "--no-worker")
        before = (folder / asked[-1]).read_bytes()
        verb(*asked)
        assert (folder / asked[-1]).read_bytes() != before


def test_a_version_without_a_message_is_shown_on_a_page(folder: Path, verb: Verb) -> None:
    verb("commit", "-m", "")
    write_png(folder / "textures" / "oak_planks.png", 16, 8, color=(200, 60, 30))
    verb("diff", "--html", "page.html")
    assert "UTC" in (folder / "page.html").read_text(encoding="utf-8")
