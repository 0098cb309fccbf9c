"""The demo: on files it makes itself, and on those that installed packages bring."""

from __future__ import annotations

import base64
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import audobon
from audobon.demo import run_demo, story
from audobon.demo.samples import SAMPLES, gather, make_files
from audobon.errors import Conflict

_VOID = {"meta", "img", "br", "input", "wbr"}


class _Reader(HTMLParser):
    """Checks that tags nest, and gathers pictures and what would be fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.pictures: list[str] = []
        self.headings = 0
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        self.headings += tag == "h2"
        for name, value in attrs:
            if name in ("src", "href") and value:
                (self.pictures if value.startswith("data:image/") else self.outside).append(value)
        if tag in ("script", "link", "iframe"):
            self.outside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: Path) -> _Reader:
    reader = _Reader()
    reader.feed(page.read_text("utf-8"))
    assert reader.open == []
    return reader


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without Krita and Blender."""
    monkeypatch.setattr("audobon.demo.samples._PLACES", ())


def test_it_runs_where_no_samples_are(
    tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # no weights are installed there
    told: list[str] = []
    page = run_demo(tmp_path / "demo", [], tell=told.append)
    assert page == tmp_path / "demo" / "index.html"
    text = page.read_text("utf-8")
    reader = read(page)
    assert reader.outside == []
    assert len(reader.pictures) >= 8
    for picture in reader.pictures:
        kind, _, data = picture.partition(";base64,")
        start = {"data:image/png": b"\x89PNG", "data:image/jpeg": b"\xff\xd8"}[kind]
        assert base64.b64decode(data, validate=True).startswith(start)
    assert "The restored file is the first one, bit for bit." in text
    assert "broken_download.png is not a sound png file" in text
    assert "url(" not in text
    assert 'class="bad">The restored' not in text
    assert "compared 2 changed assets" in told
    assert "merged True, conflicts 0" in told
    assert "Both sides' work is there." in unescape(text)
    assert "2 changes in 3 layers" in text
    assert "opacity 100 % \N{RIGHTWARDS ARROW} 80 %" in text
    assert "1 textures tagged, 0 after undo, 1 redone" in told
    assert "is not done yet" not in text
    made = [line.partition(":")[0] for line in told if ": made " in line]
    assert made == ["normal", "height", "seamless"]
    assert "palette: 6 values" in told
    assert not any("cannot run" in line for line in told)
    for what, name in (("meaning", "embed-text"), ("likeness", "embed")):
        refused = f"Not searched by {what}, as its model is not installed: 'audobon models install"
        assert f"{refused} {name}' gets it" in unescape(text)
    assert "search 'color:green': 1" in told
    assert "lib.search('color:green')" in unescape(text)
    for name in ("cutout --accept", "denoise", "style", "tags", "upscale --accept"):
        assert f"audobon models install {name}<" in text
    with audobon.Library.open(tmp_path / "demo" / "MyAssets") as library:
        messages = [version.message for version in library.log()]
        assert messages[-2:] == ["The sun sinks", "Everything as it came"]
        assert library.get("paintings/sunset_study.png").tags == ("approved", "evening")
        assert library.search("name:normal").total == library.search("name:seamless").total == 1
        assert library.verify().ok


def test_real_files_are_shown_where_they_are_installed(tmp_path: Path) -> None:
    if not gather(tmp_path / "found", []):
        pytest.skip("neither Krita nor Blender is installed")
    page = run_demo(tmp_path / "demo", [], tell=lambda text: None)
    text = page.read_text("utf-8")
    for target, source in gather(tmp_path / "found", []):
        assert target in text
        assert source in text
    assert len(read(page).pictures) > 10


def test_samples_are_taken_from_the_named_places(tmp_path: Path, alone: None) -> None:
    make_files(tmp_path / "made")
    place = tmp_path / "place" / "deep"
    place.mkdir(parents=True)
    (tmp_path / "made" / "paintings" / "sunset_study.png").rename(place / "chelsea.png")
    found = gather(tmp_path / "out", [tmp_path / "place"])
    assert [target for target, _ in found] == ["photos/chelsea_cat.png"]
    assert (tmp_path / "out" / "photos" / "chelsea_cat.png").read_bytes() == (
        place / "chelsea.png"
    ).read_bytes()
    assert all(sample.source for sample in SAMPLES)


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(Conflict, match="is not empty and no demo made it"):
        run_demo(tmp_path, [], tell=lambda text: None)
    assert (tmp_path / "mine.txt").read_text() == "precious"
    assert not (tmp_path / "MyAssets").exists()
    fresh = story._fresh(tmp_path / "demo")
    (fresh / "old.txt").write_text("of an earlier demo")
    assert not (story._fresh(tmp_path / "demo") / "old.txt").exists()
