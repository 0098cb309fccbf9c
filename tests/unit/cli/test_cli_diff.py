"""``audobon diff`` with details: as text, as JSON, as a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

from audobon.testing.pictures import write_png

Verb = Callable[..., Result]
Data = Callable[..., dict[str, Any]]


def changed(folder: Path, verb: Verb) -> None:
    verb("commit", "-m", "first")
    write_png(folder / "textures" / "oak_planks.png", 16, 8, color=(200, 60, 30))
    (folder / "notes.txt").write_text("about the elm\n")
    verb("edit", "textures/oak_planks.png", "--rating", "4")


def test_text(folder: Path, verb: Verb) -> None:
    changed(folder, verb)
    plain = verb("diff").stdout
    assert "% changed" not in plain
    told = verb("diff", "--details").stdout.splitlines()
    at = next(at for at, line in enumerate(told) if line.startswith("~ MyAssets/textures/oak"))
    assert "    rating: 0 -> 4" in told[at:]
    assert "    100.00 % changed, within 16 x 8 at 0, 0" in told[at:]
    assert set(plain.splitlines()) <= set(told)


def test_json_has_everything_but_pictures(folder: Path, verb: Verb, data: Data) -> None:
    changed(folder, verb)
    assert all("details" not in entry for entry in data("diff")["entries"])
    entries = {entry["path"]: entry for entry in data("diff", "--details")["entries"]}
    details = entries["MyAssets/textures/oak_planks.png"]["details"]
    assert details["picture"]["changed"] == 1.0
    assert details["picture"]["box"] == [0, 0, 16, 8]
    assert details["picture"]["before_mode"] == "rgb, 8 bit"
    assert set(details) == {"picture", "parts", "part_counts", "more_parts", "problems"}
    assert entries["MyAssets/notes.txt"]["details"]["picture"] is None


def test_page(folder: Path, verb: Verb, data: Data, tmp_path: Path) -> None:
    changed(folder, verb)
    page = tmp_path / "page.html"
    done = verb("diff", "--html", page)
    assert done.stdout.strip() == f"2 changed assets, shown in {page}"
    first = page.read_bytes()
    assert b"oak_planks.png" in first
    assert data("diff", "--html", page, "--details")["page"] == str(page)
    verb("diff", "--html", tmp_path / "nowhere" / "page.html", status=20)
    assert page.read_bytes() == first
