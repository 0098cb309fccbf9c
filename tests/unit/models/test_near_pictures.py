"""Edited real pictures are known again by their imprints; other pictures and textures are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from audobon.codec.imprints import LENGTH, PRINT
from audobon.formats.render.encode import shrink
from audobon.formats.render.imprint import imprint_of
from audobon.inference import pairing
from audobon.inference.pairing import near_pairs
from audobon.services.finding.neardup import is_near, turned

EDITS: dict[str, tuple[Callable[[Image.Image], Image.Image], str]] = {
    "smaller": (lambda image: image.resize((image.width // 2, image.height // 2)), ""),
    "brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.25), ""),
    "grey": (lambda image: image.convert("L").convert("RGB"), ""),
    "cut": (lambda image: ImageOps.crop(image, round(min(image.size) * 0.03)), ""),
    "mirrored": (ImageOps.mirror, "mirrored"),
    "flipped": (ImageOps.flip, "mirrored top to bottom"),
    "quarter": (lambda image: image.rotate(90, expand=True), "turned by a quarter"),
    "three quarters": (lambda image: image.rotate(270, expand=True), "turned by a quarter"),
    "turned": (lambda image: image.rotate(180), "turned upside down"),
}


def imprints(images: list[Image.Image]) -> np.ndarray:
    told = [imprint_of(shrink(image, 256)) for image in images]
    assert all(len(each) == LENGTH for each in told)
    return np.frombuffer(b"".join(told), np.uint8).reshape(len(told), LENGTH)


@pytest.fixture
def pictures(people: Path, photos: Path) -> list[Image.Image]:
    found = []
    for path in sorted((*people.glob("*.png"), *photos.glob("*.jpg"))):
        with Image.open(path) as image:
            found.append(image.convert("RGB"))
    return found


def near(data: np.ndarray, first: int = 0) -> dict[tuple[int, int], str]:
    pairs = near_pairs(data, first, lambda _: None)
    return {(a, b): turned(way) for a, b, *told, way, _ in pairs if is_near(*told)}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_meets_its_source_and_nothing_else(name: str, pictures: list[Image.Image]) -> None:
    edit, lies = EDITS[name]
    count = len(pictures)
    data = imprints([*pictures, *map(edit, pictures)])
    found = near(data)
    assert {pair for pair in found if pair[1] < count <= pair[0]} == {
        (count + number, number) for number in range(count)
    }
    assert set(found) == {(count + number, number) for number in range(count)}
    assert set(found.values()) == {lies}
    # Who comes later meets the same without all being looked through again.
    assert near(data, first=count) == found


def test_pieces_of_one_texture_are_not_taken_for_each_other(pictures: list[Image.Image]) -> None:
    pieces = [
        image.crop((x, y, x + 100, y + 100))
        for image in pictures
        for x in range(0, image.width - 99, 100)
        for y in range(0, image.height - 99, 100)
    ]
    data = np.frombuffer(
        b"".join(one for piece in pieces if (one := imprint_of(piece))), np.uint8
    ).reshape(-1, LENGTH)
    assert len(data) > 90
    assert near(data) == {}


def test_what_is_too_plain_has_no_imprint() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    for image in (
        Image.new("RGB", (256, 256), "teal"),
        Image.fromarray(ramp),
        Image.fromarray(ramp.T.copy()),
        Image.new("RGBA", (256, 256), (1, 2, 3, 0)),
        Image.new("L", (16, 16)),
    ):
        assert imprint_of(image) == b""


def test_what_is_near_is_found_without_comparing_all() -> None:
    """Up to seven changed signs leave one of four parts with one at most: none is ever missed."""
    random = np.random.default_rng(3)
    count = 1_000
    data = random.integers(0, 256, (count, LENGTH), np.uint8)
    data[1::2] = data[::2]
    flips = np.zeros((count // 2, 256), np.uint8)
    for row in flips:
        row[random.choice(64, 7, replace=False)] = 1
    changed = np.packbits(flips, axis=1)
    for view in range(4):
        data[1::2, view * PRINT : (view + 1) * PRINT] ^= changed
    looked = []
    expand = pairing._expand

    def counting(*args):  # type: ignore[no-untyped-def]
        table, keys = args[2], args[3]
        looked.append(int(table.ranges(keys)[1].sum()))
        return expand(*args)

    pairing._expand, before = counting, pairing._expand
    try:
        found = {pair[:2]: pair[2] for pair in near_pairs(data, 0, lambda _: None)}
    finally:
        pairing._expand = before
    assert {(2 * n + 1, 2 * n) for n in range(count // 2)} - set(found) == set()
    assert all(signs == 7 for signs in found.values())
    # Eight ways and four views of all with all would be 32 million.
    assert sum(looked) < 0.05 * 8 * 4 * count * count


def test_an_older_numpy_counts_the_same() -> None:
    words = np.random.default_rng(1).integers(0, 1 << 63, (5, 4), np.uint64)
    expected = [[int(word).bit_count() for word in row] for row in words]
    assert pairing._ones(words).tolist() == expected
    assert pairing._counted()[words.view(np.uint16)].reshape(5, 4, 4).sum(-1).tolist() == expected
