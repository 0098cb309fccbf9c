"""Text is found and read in pictures by real networks; nothing is written to the asset."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import audobon
from audobon.errors import AudobonError, NotFound
from audobon.inference.convert.onnx_note import read_note
from audobon.inference.ordering import read_order
from audobon.inference.pixels.regions import Rectangle, around, cut, regions
from audobon.inference.reading import Line, sides_of
from audobon.model.component import Part
from audobon.models.archive import read_parts
from audobon.models.registry import Models

_SIGN = ["AUDOBON & SONS", "Fine Pigments, est. 1873", "No. 42 Rue de l'Atelier"]


def test_regions_touch_at_corners() -> None:
    mask = np.zeros((9, 12), bool)
    mask[1, 1:3] = mask[2, 3:5] = mask[3, 2] = True  # joined by corners
    mask[0, 8:12] = mask[1, 8] = mask[1, 11] = mask[2, 8:12] = True  # a ring
    mask[8, 0] = True
    found = regions(mask)
    assert sorted(int((runs[:, 2] - runs[:, 1] + 1).sum()) for runs in found) == [1, 5, 10]
    again = np.zeros_like(mask)
    for runs in found:
        for row, first, last in runs:
            assert not again[row, first : last + 1].any()
            again[row, first : last + 1] = True
    assert np.array_equal(again, mask)
    assert regions(np.zeros((3, 3), bool)) == []


@pytest.mark.parametrize("angle", [0, 7, -20, 40])
def test_a_turned_rectangle_is_found_and_cut_upright(angle: float) -> None:
    image = Image.new("L", (300, 260), 0)
    ImageDraw.Draw(image).rectangle((70, 100, 229, 149), fill=255)
    turned = np.asarray(image.rotate(angle, Image.Resampling.BILINEAR)).astype(np.float32)
    (runs,) = regions(turned > 127)
    box = around(runs)
    assert (box.wide, box.high) == (pytest.approx(159, abs=2), pytest.approx(49, abs=2))
    assert np.degrees(np.arctan2(-box.across[1], box.across[0])) == pytest.approx(angle, abs=1)
    inside = cut(turned[..., None], box.grown(-2))
    assert inside.shape[:2] == (pytest.approx(45, abs=3), pytest.approx(155, abs=3))
    assert inside.min() > 200


def _varied(number: int) -> bytes:
    return bytes([number & 127 | 128, number >> 7 & 127 | 128, number >> 14])


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varied(len(data)) + data


def test_notes_of_an_onnx_file() -> None:
    note = _field(1, b"character") + _field(2, "a\nß\n漢".encode())
    data = (
        b"\x08\x0a" + _field(7, b"x" * 70_000) + _field(14, _field(1, b"other")) + _field(14, note)
    )
    assert read_note(data, "character").decode() == "a\nß\n漢"
    with pytest.raises(NotFound):
        read_note(data, "absent")
    dice = random.Random(3)
    for _ in range(300):
        broken = bytearray(data[: dice.randrange(len(data))] if dice.random() < 0.5 else data)
        broken[dice.randrange(12) % max(1, len(broken)) :][:1] = b"\xff"
        for place in range(min(8, len(broken))):
            broken[place] = dice.randrange(256)
        with pytest.raises(AudobonError):
            read_note(bytes(broken), "absent")


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory, install: Callable[..., Models]) -> Path:
    """A data folder in which the networks for text are installed."""
    data = tmp_path_factory.mktemp("text")
    install(data, "ocr")
    return data


@pytest.fixture
def readable(
    lib: audobon.Library, networks: Path, monkeypatch: pytest.MonkeyPatch
) -> audobon.Library:
    monkeypatch.setenv("XDG_DATA_HOME", str(networks))
    return lib


def _read(lib: audobon.Library, name: str, **params: object) -> list[dict[str, Any]]:
    job = lib.run("ocr", name, **params)
    lib.work()
    return list(job.result()["results"][0]["values"])


def _signed(photo: Path, angle: float) -> Image.Image:
    """A photograph with a sign painted on it, turned, with grain."""
    with Image.open(photo) as image:
        picture = image.convert("RGB").resize((1280, 854))
    sign = Image.new("RGBA", (820, 300), (236, 226, 200, 255))
    for number, line in enumerate(_SIGN):
        font = ImageFont.load_default(60 - 12 * number)
        ImageDraw.Draw(sign).text((40, 30 + 85 * number), line, fill=(60, 30, 20), font=font)
    turned = sign.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    picture.paste(turned, (220, min(200, 854 - turned.height)), turned)
    grain = np.random.default_rng(1).normal(0, 8, (854, 1280, 3))
    noisy = (np.asarray(picture) + grain).clip(0, 255).astype(np.uint8)
    return Image.fromarray(noisy)


@pytest.mark.parametrize("angle", [0, 9, 90, 180, 201, 270])
def test_a_sign_in_a_photograph(readable: audobon.Library, tmp_path: Path, angle: float) -> None:
    root = tmp_path / "MyAssets"
    _signed(root / "china.jpg", angle).save(root / "sign.jpg", quality=80)
    readable.add([root])
    before = readable.get("sign.jpg")
    found = _read(readable, "sign.jpg", threshold=0.9)  # a pattern of the roof reads AAAAAA, 0.7
    print(found)
    assert [each["text"] for each in found] == _SIGN
    for each in found:
        (ax, ay), (bx, by) = each["box"][:2]
        turned = np.degrees(np.arctan2(ay - by, bx - ax)) % 360  # from where the text begins
        assert min(abs(turned - angle), abs(turned - angle - 360)) < 2
    # A result, no change; the index comes by once more for the words.
    assert attrs.evolve(readable.get("sign.jpg"), seq=before.seq) == before


_COLUMNS = (
    ["The pigments of the", "old masters were made", "of earth and of stone.", "Ochre is burnt to"],
    [
        "Verdigris grows upon",
        "copper that hangs over",
        "vinegar for some weeks",
        "in a warm stable.",
    ],
)


def test_columns_are_read_one_after_the_other(readable: audobon.Library, tmp_path: Path) -> None:
    """A heading, two columns of text, and a table below them, whose rows belong together."""
    page = Image.new("RGB", (1200, 900), (250, 248, 240))
    draw = ImageDraw.Draw(page)
    font, small = ImageFont.load_default(64), ImageFont.load_default(34)
    draw.text((240, 40), "On Making Colours", fill=0, font=font)
    for x, column in ((80, _COLUMNS[0]), (660, _COLUMNS[1])):
        for row, line in enumerate(column):
            draw.text((x, 200 + row * 60), line, fill=0, font=small)
    for row, (name, price) in enumerate((("Ochre", "1.20"), ("Umber", "1.40"), ("Lake", "9.75"))):
        draw.text((80, 620 + row * 80), name, fill=0, font=small)
        draw.text((900, 620 + row * 80), price, fill=0, font=small)
    page.save(tmp_path / "MyAssets" / "page.png")
    page.rotate(180).save(tmp_path / "MyAssets" / "turned.png")
    readable.add([tmp_path / "MyAssets"])
    wanted = ["On Making Colours", *_COLUMNS[0], *_COLUMNS[1]]
    wanted += ["Ochre", "1.20", "Umber", "1.40", "Lake", "9.75"]
    for name in ("page.png", "turned.png"):
        assert [each["text"] for each in _read(readable, name)] == wanted
    upright, turned = (_read(readable, name)[0]["box"][0] for name in ("page.png", "turned.png"))
    assert turned == pytest.approx([1200 - upright[0], 900 - upright[1]], abs=6)


def _placed(rows: list[list[tuple[float, float, float]]], angle: float = 0.0) -> list[Rectangle]:
    """Rows of (left, top, length), each line 10 high, turned round the origin."""
    along = np.array([np.cos(angle), np.sin(angle)])
    below = np.array([-along[1], along[0]])
    return [
        Rectangle((left + wide / 2) * along + (top + 5) * below, along, wide, 10.0)
        for row in rows
        for left, top, wide in row
    ]


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.6, 3.1, 4.7])
def test_the_order_of_reading(angle: float) -> None:
    columns = [[(0, top, 90), (110, top, 85)] for top in (30, 45, 60, 75)]
    boxes = _placed([[(20, 0, 150)], *columns], angle)
    assert read_order(boxes) == [0, 1, 3, 5, 7, 2, 4, 6, 8]
    table = [[(0, top, 30), (110, top, 25)] for top in (30, 45, 60, 75)]
    assert read_order(_placed(table, angle)) == list(range(8))
    slanted = [[(100, 3, 40), (0, 0, 40)], [(100, 18, 40), (0, 15, 40)]]
    assert read_order(_placed(slanted, angle)) == [1, 0, 3, 2]
    assert read_order([]) == []


def test_doubtful_lines_are_looked_at_from_both_sides() -> None:
    box = _placed([[(0, 0, 100)]])[0]
    image = np.arange(48 * 200 * 3, dtype=np.uint32).astype(np.uint8).reshape(48, 200, 3)
    lines = [Line(box, image, number) for number in range(3)]

    def sides(*chances: float) -> list[int]:
        given = [np.array([[1 - each, each]]) for each in chances]
        return [each.number for each in sides_of(lines, given)]

    assert sides(0.01, 0.05, 0.02) == [0, 1, 2]
    assert sides(0.01, 0.3, 0.02) == [0, 1, 1, 2]
    assert sides(0.99, 0.97, 0.02) == [0, 0, 1, 1, 2, 2]  # the page is turned, so may the third be
    turned = lines[0].from_below()
    assert np.array_equal(turned.image[0, 0], image[-1, -1])
    assert np.allclose(turned.box.corners(), np.roll(box.corners(), 2, 0))
    assert lines[0].fed.shape == (1, 48, 320, 3)
    assert lines[0].head.shape == (1, 48, 192, 3)
    assert sides_of([], []) == []


def test_a_flower_says_nothing(readable: audobon.Library) -> None:
    assert _read(readable, "flower.jpg") == []


def test_every_letter_has_a_number(readable: audobon.Library, packages: Path) -> None:
    """As many as the network gives, in the order of the package's own file."""
    found = readable.models.get("ppocr-letters")
    letters = (found.folder / "note.txt").read_text("utf-8").split("\n")  # type: ignore[union-attr]
    assert len(letters) + 2 == 18710
    (package,) = (packages / "pypi-rapidocr-3.10.0").iterdir()
    (data,) = read_parts(package, [Part("rapidocr/models/PP-OCRv6_rec_small.onnx")])
    assert "\n".join(letters).encode() in data
