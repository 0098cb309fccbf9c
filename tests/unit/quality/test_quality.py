"""The page of figures is what its tool writes, and its sheets stay small."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from quality.measures import LINES, MEASURES, Table, decibels
from quality.pictures import EDITS, jpeg, noisy, written
from quality.report import markdown, put
from quality.sheets import CELL, SHEETS, save
from quality.studio import Missing, Studio

DOCS = Path(__file__).resolve().parents[3] / "docs"


def scene(wide: int = 160, high: int = 120) -> Image.Image:
    y, x = np.mgrid[0:high, 0:wide]
    wave = 127 + 100 * np.sin(x / 9) * np.cos(y / 7)
    return Image.fromarray(np.stack([wave, wave[::-1], 255 - wave], -1).astype(np.uint8))


def test_the_page_has_a_place_for_every_table_and_it_is_filled() -> None:
    page = (DOCS / "quality.md").read_text("utf-8")
    found = dict(re.findall(r"<!-- (\w+) -->\n(.+?)\n<!-- end -->", page, re.DOTALL))
    assert set(found) == set(MEASURES)
    assert all(text.count("\n") > 3 for text in found.values())


def test_every_sheet_is_there_and_small() -> None:
    page = (DOCS / "quality.md").read_text("utf-8")
    sizes = {path.stem: path.stat().st_size for path in (DOCS / "pictures" / "ai").iterdir()}
    assert set(SHEETS) <= set(sizes)
    assert set(sizes) == set(re.findall(r"\(pictures/ai/(\w+)\.jpg\)", page))
    assert max(sizes.values()) <= 150_000
    # Room for pipelines that are to come.
    assert sum(sizes.values()) <= 1_500_000 + 130_000 * max(0, len(sizes) - 12)


def test_a_table_is_put_in_its_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- one -->\nold\n<!-- end -->\nb\n<!-- two -->\n<!-- end -->\n")
    text = markdown(Table(("x", "y"), (("1", "2"),), "A note."))
    put(page, "one", text)
    put(page, "one", text)
    put(page, "two", "new")
    assert page.read_text() == (
        "a\n<!-- one -->\n| x | y |\n| --- | --- |\n| 1 | 2 |\n\nA note.\n<!-- end -->\n"
        "b\n<!-- two -->\nnew\n<!-- end -->\n"
    )
    with pytest.raises(SystemExit, match="no place for three"):
        put(page, "three", text)


def test_what_is_done_to_pictures() -> None:
    image = scene()
    assert decibels(image, image) > 100
    for sigma in (5, 20):
        noise = 10 * np.log10(255**2 / sigma**2)
        assert abs(decibels(noisy(image, sigma), image) - noise) < 1
    assert decibels(jpeg(image, 90), image) > decibels(jpeg(image, 20), image) > 15
    for name, edit in EDITS.items():
        assert edit(image).mode == "RGB", name
        assert edit(image).tobytes() != image.tobytes(), name
    page = written(list(LINES), 20)
    dark = np.asarray(page.convert("L")) < 128
    assert dark.any(1).sum() > 10 * len(LINES)
    assert not dark[:, :30].any()


def test_a_sheet_holds_to_its_limit(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noise = Image.fromarray(rng.integers(0, 255, (300, 200, 3), np.uint8))
    clear = Image.new("RGBA", (80, 20))
    deep = Image.fromarray(np.full((50, 50), 32768, np.uint16))
    pairs = [(noise, clear, "one"), (noise, deep, "a rather long text that needs a second line")]
    save(pairs * 3, tmp_path / "sheet.jpg")
    assert (tmp_path / "sheet.jpg").stat().st_size <= 150_000
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.width == 6 * (CELL + 6) + 6
        assert abs(sheet.getpixel((6 + 206 + 100, 6 + CELL + 6 + 100))[0] - 127) < 6  # type: ignore[index]


def test_a_studio_runs_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with Studio() as studio:
        images = {"b": scene(), "a": scene(100, 80)}
        found = studio.run("normal", images)
        assert {name: image.size for name, image in found.items()} == {
            "a": (100, 80),
            "b": (160, 120),
        }
        assert len(studio.run("palette", images, count=3)["a"]) == 3
        with pytest.raises(Missing, match=r"upscale: .*span-x4 is not installed; .*models install"):
            studio.run("upscale", images)
