"""The colours that are read out of a preview."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from audobon.codec.colors import difference, unpack_swatches
from audobon.formats.render.encode import colors_of, colors_of_preview, encode
from audobon.model.color import Swatch


def striped(mode: str, *colors: tuple[int, ...]) -> Image.Image:
    """Stripes of equal width, from left to right."""
    image = Image.new(mode, (60 * len(colors), 90))
    for number, color in enumerate(colors):
        image.paste(color, (60 * number, 0, 60 * number + 60, 90))
    return image


def test_areas_become_shares() -> None:
    image = striped("RGB", (200, 20, 20), (20, 20, 200), (20, 20, 200), (20, 20, 200))
    first, second, *specks = unpack_swatches(colors_of(image))
    assert first.rgb == (20, 20, 200)
    assert first.share == pytest.approx(0.75, abs=0.03)
    assert second.rgb == (200, 20, 20)
    assert sum(each.share for each in specks) < 0.05


def test_what_is_clear_does_not_count() -> None:
    image = striped("RGBA", (0, 200, 0, 255), (255, 255, 255, 0), (255, 0, 0, 20))
    assert unpack_swatches(colors_of(image)) == (Swatch((0, 200, 0), 1.0),)
    assert colors_of(Image.new("RGBA", (8, 8), (1, 2, 3, 0))) == b""


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_pictures_have_grey_colours(mode: str) -> None:
    image = Image.new(mode, (300, 200), 128 if mode == "L" else (128, 255))
    assert unpack_swatches(colors_of(image)) == (Swatch((128, 128, 128), 1.0),)


def test_a_photograph_keeps_its_eight_largest() -> None:
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 255, (12, 12, 3)).astype(np.uint8)
    image = Image.fromarray(pixels).resize((256, 256), Image.Resampling.BICUBIC)
    found = unpack_swatches(colors_of(image))
    assert 3 <= len(found) <= 8
    assert all(each.share >= 0.015 for each in found)


def test_a_preview_tells_the_colours_of_its_picture() -> None:
    for image in (striped("RGB", (90, 120, 50), (230, 230, 220)), striped("RGBA", (9, 9, 90, 255))):
        made = encode(image)
        assert made.colors
        pairs = zip(unpack_swatches(made.colors), unpack_swatches(colors_of_preview(made.data)))  # noqa: B905
        for one, other in pairs:
            assert difference(one, other) < 0.03
    assert encode(striped("RGB", (1, 2, 3)), drawn=True).colors == b""
    assert colors_of_preview(b"\x89PNG\r\n\x1a\n and no more") == b""
