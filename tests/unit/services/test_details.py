"""Details of a difference through the facade: real workers, old bytes from the store, one page."""

from __future__ import annotations

import os
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import Cancelled, Invalid, NotFound
from audobon.model.details import AssetDetails
from audobon.services.diffs import diffpage
from audobon.testing.pictures import write_png

SEAT = "props/chair/seat.png"


def details(lib: audobon.Library, a: str = "HEAD~1", b: str = "HEAD") -> dict[str, AssetDetails]:
    return {each.entry.path.split("/", 1)[1]: each for each in lib.diff_details(a, b)}


def write_kra(path: Path, *, opacity: int, color: tuple[int, int, int]) -> None:
    layer = f'<layer nodetype="paintlayer" name="Ink" filename="l1" opacity="{opacity}"/>'
    xml = f'<DOC><IMAGE name="p" width="40" height="30"><layers>{layer}</layers></IMAGE></DOC>'
    merged = write_png(path.with_suffix(".png"), 40, 30, color=color)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("maindoc.xml", xml)
        archive.write(merged, "mergedimage.png")
    merged.unlink()


def test_everything_that_can_happen_to_an_asset(lib: audobon.Library, folder: Path) -> None:
    write_kra(folder / "page.kra", opacity=255, color=(200, 200, 200))
    lib.add([folder])
    lib.commit("first")
    write_png(folder / "props" / "chair" / "seat.png", 64, 64, color=(200, 20, 30))
    write_kra(folder / "page.kra", opacity=51, color=(120, 200, 200))
    (folder / "textures" / "oak_planks.png").rename(folder / "oak.png")
    (folder / "textures" / "BrickWall.png").unlink()
    write_png(folder / "new.png", 20, 20)
    (folder / "readme.txt").write_text("about something else\n")
    lib.add([folder])
    lib.edit("textures/mossy_stone_01.png", rating=3)
    lib.commit("second")
    found = details(lib)
    seat = found[SEAT]
    assert seat.picture is not None
    assert (seat.picture.changed, seat.picture.before) == (1.0, (64, 64))
    assert all((seat.pictures.before, seat.pictures.after, seat.pictures.difference))
    page = found["page.kra"]
    assert page.picture is not None
    assert (page.picture.basis, page.picture.changed) == ("merged", 1.0)
    assert [(part.name, part.fields[0].after) for part in page.parts] == [("Ink", "20 %")]
    assert page.part_counts == {"layer": 1}
    for name, sides in {
        "oak.png": (False, True),
        "textures/BrickWall.png": (True, False),
        "new.png": (False, True),
        "textures/mossy_stone_01.png": (False, True),
        "readme.txt": (False, False),
    }.items():
        made = found[name].pictures
        assert (made.before is not None, made.after is not None) == sides, name
        assert found[name].picture is None
        assert found[name].problems == ()
    assert len(found) == 7


def test_the_library_as_it_is_now_is_compared_with_the_file_on_disk(
    lib: audobon.Library, folder: Path
) -> None:
    lib.commit("first")
    write_png(folder / SEAT, 64, 32, color=(10, 20, 30))
    seat = details(lib, "HEAD", "WORKING")[SEAT]
    assert seat.picture is not None
    assert (seat.picture.after, seat.picture.changed) == ((64, 32), 0.5)


def test_what_was_found_is_kept_by_content(lib: audobon.Library, folder: Path) -> None:
    lib.commit("first")
    write_png(folder / SEAT, 64, 64, color=(200, 20, 30))
    lib.commit("second")
    made = details(lib)[SEAT]
    kept = [path for path in (lib.state_path / "derived" / "details").rglob("*") if path.is_file()]
    assert len(kept) == 4
    lib.close()
    with audobon.Library.open(folder, read_only=True) as reader:
        assert details(reader)[SEAT] == made
        assert reader._stores._executor is None, "no worker was needed"
        for path in kept:
            path.write_bytes(path.read_bytes()[:-9])  # a power failure
        assert details(reader)[SEAT] == made


def test_what_is_kept_has_a_budget(
    lib: audobon.Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lib.commit("first")
    for name in ("oak_planks", "BrickWall", "mossy_stone_01"):
        write_png(folder / "textures" / f"{name}.png", 30, 30)
    lib.commit("second")
    list(lib.diff_details("HEAD~1"))
    place = lib._stores.place.details
    notes = sorted(place.rglob("*.json"))
    assert len(notes) == 3
    size = max(sum(one.stat().st_size for one in note.parent.glob("*")) for note in notes)
    for age, note in enumerate(notes):
        os.utime(note, (1_700_000_000 + age,) * 2)
    monkeypatch.setattr("audobon.services.diffs.details.budget", lambda _catalog, _name: size)
    assert list(lib.diff_details("HEAD~1", ref="textures/oak_planks.png"))
    (left,) = place.rglob("*.json")
    assert left.stat().st_mtime > 1_700_000_100  # the one that was asked for last
    assert {one.stem for one in place.rglob("*") if one.is_file()} == {left.stem}


def test_one_file_that_cannot_be_decoded_is_told_and_the_rest_is_there(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    torn = write_png(folder / "torn.png", 300, 300)
    lib.add([folder])
    lib.commit("first")
    data = bytearray(write_png(torn, 300, 300, color=(1, 2, 3)).read_bytes())
    data[45:60] = b"\xff" * 15  # within the pixels: the header stays sound
    torn.write_bytes(data)
    write_png(folder / SEAT, 64, 64, color=(200, 20, 30))
    lib.add([folder])
    lib.commit("second")
    found = details(lib)
    assert found["torn.png"].picture is None
    assert len(found["torn.png"].problems) == 1
    assert found["torn.png"].problems[0].startswith("torn.png cannot be shown, it is damaged")
    assert found[SEAT].picture is not None
    page = lib.diff_page(tmp_path / "page.html", "HEAD~1").read_text("utf-8")
    assert found["torn.png"].problems[0] in page
    assert "not compared" in page
    assert "100.00 %" in page


def test_a_layer_that_is_damaged_does_not_hide_the_picture(
    lib: audobon.Library, folder: Path
) -> None:
    write_kra(folder / "page.kra", opacity=255, color=(200, 200, 200))
    lib.add([folder])
    lib.commit("first")
    write_kra(folder / "page.kra", opacity=255, color=(120, 200, 200))
    with zipfile.ZipFile(folder / "page.kra", "a") as archive:
        archive.writestr("p/layers/l1", "VERSION 2\nTILEWIDTH 64\nDATA 3\nnonsense\n")
    lib.commit("second")
    page = details(lib)["page.kra"]
    assert page.picture is not None
    assert page.parts == ()
    assert len(page.problems) == 1


def test_only_one_asset_and_what_is_refused(lib: audobon.Library, folder: Path) -> None:
    lib.commit("first")
    write_png(folder / SEAT, 64, 64, color=(200, 20, 30))
    write_png(folder / "textures" / "oak_planks.png", 64, 64, color=(200, 20, 30))
    lib.commit("second")
    assert [each.entry.path for each in lib.diff_details("HEAD~1", "HEAD", SEAT)] == [
        f"MyAssets/{SEAT}"
    ]
    with pytest.raises(Invalid):
        lib.diff_details("HEAD~1", size=9)
    with pytest.raises(NotFound):
        lib.diff_details("nowhere")
    with pytest.raises(Cancelled):
        list(lib.diff_details("HEAD~1", cancel=lambda: True))


class Reader(HTMLParser):
    """Checks that tags nest, and gathers what the page shows and what it would fetch."""

    VOID = ("meta", "img", "br", "input")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.pictures = 0
        self.sections: list[str] = []
        self.targets: list[str] = []
        self.texts: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "section":
            self.sections.append(str(values.get("id")))
        for name, value in values.items():
            if name == "src":
                inside = str(value).startswith(
                    ("data:image/png;base64,", "data:image/jpeg;base64,")
                )
                self.pictures += inside
                self.outside += [] if inside else [str(value)]
            if name == "href":
                (self.targets if str(value).startswith("#") else self.outside).append(str(value))
        if tag in ("script", "link", "iframe", "object", "b2"):
            self.outside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    assert reader.open == []
    assert reader.outside == []
    assert reader.targets == [f"#{name}" for name in reader.sections]
    return reader


def test_the_page_is_whole_and_no_name_is_markup(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    evil = '<script>alert(1)<b2>&amp; "quoted" \u202egnp.png'
    write_png(folder / evil)
    lib.add([folder])
    lib.commit("before <i>it")
    write_png(folder / evil, color=(200, 1, 1))
    write_png(folder / SEAT, 64, 64, color=(200, 20, 30))
    lib.edit(SEAT, add_tags=["<em>loud"], note='"><img src=x onerror=alert(1)>')
    lib.relate(SEAT, "uses", "readme.txt")
    lib.commit("after")
    page = lib.diff_page(tmp_path / "page.html", "HEAD~1")
    reader = read(page)
    assert len(reader.sections) == 2
    assert reader.pictures == 6
    text = "".join(reader.texts)
    for shown in (
        '<script>alert(1)<b2>&amp; "quoted" \\u202egnp.png',
        "before <i>it",
        "<em>loud",
        '"><img src=x onerror=alert(1)>',
        "uses readme.txt",
        "100.00 %",
        "2 modified",
        "64 x 64",
    ):
        assert shown in text, shown
    assert "url(" not in page.read_text("utf-8")
    assert "@import" not in page.read_text("utf-8")


def test_no_difference_is_a_page_too(lib: audobon.Library, tmp_path: Path) -> None:
    lib.commit("first")
    reader = read(lib.diff_page(tmp_path / "page.html", "HEAD", "HEAD"))
    assert "No difference." in reader.texts


def test_a_page_of_many_assets_stays_small_and_says_so(
    lib: audobon.Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 pictures that do not compress: small pictures; and less where even these are too much."""
    noisy(folder / "many", 1)
    lib.add([folder])
    lib.commit("first")
    noisy(folder / "many", 2)
    lib.commit("second")
    page = lib.diff_page(tmp_path / "page.html", "HEAD~1")
    reader = read(page)
    assert len(reader.sections) == 200
    assert reader.pictures == 600
    assert page.stat().st_size < 8 << 20
    assert "Pictures are 192 pixels small, since more than 24 assets changed." in reader.texts
    monkeypatch.setattr(diffpage, "_MOST_BYTES", 200 << 10)
    monkeypatch.setattr(diffpage, "_LOOKED_INTO", 150)
    monkeypatch.setattr(diffpage, "_LISTED", 180)
    less = lib.diff_page(tmp_path / "page.html", "HEAD~1")
    assert less.stat().st_size < 600 << 10
    reader = read(less)
    assert len(reader.sections) == 180
    text = "".join(reader.texts)
    assert "Its pictures are left out: the page would be too large." in text
    assert "The first 150 are looked into, of the rest the fields are shown." in text
    assert "20 more assets changed; 'audobon diff' lists them all." in text


def noisy(folder: Path, seed: int) -> None:
    import numpy as np
    from PIL import Image

    folder.mkdir(exist_ok=True)
    rng: Any = np.random.default_rng(seed)
    for number in range(200):
        pixels = rng.integers(0, 255, (40, 250, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03}.png", compress_level=1)
