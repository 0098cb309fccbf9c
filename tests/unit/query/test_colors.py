"""Colours as bytes, in Oklab, and in cells."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon.codec.colors import (
    NAMES,
    RADIUS,
    cell,
    cells_named,
    cells_near,
    difference,
    merged,
    oklab,
    pack_swatches,
    unpack_swatches,
)
from audobon.model.color import Swatch
from audobon.storage.index.colors import color_words

channel = st.integers(0, 255)
rgb = st.tuples(channel, channel, channel)

CSS = {
    "black": ["#000000", "#1b1b1b"],
    "gray": ["#808080", "#a9a9a9", "#696969", "#708090"],
    "white": ["#ffffff", "#fffafa", "#f5f5f5"],
    "red": ["#ff0000", "#8b0000", "#dc143c", "#b22222"],
    "brown": ["#8b4513", "#a0522d", "#5c4033"],
    "orange": ["#ffa500", "#ff8c00"],
    "yellow": ["#ffff00", "#ffd700", "#f0e68c"],
    "green": ["#008000", "#00ff00", "#228b22", "#2e8b57", "#6b8e23", "#90ee90", "#556b2f"],
    "cyan": ["#00ffff", "#008b8b", "#afeeee", "#40e0d0"],
    "blue": ["#0000ff", "#000080", "#4682b4", "#87ceeb", "#1e90ff", "#191970"],
    "purple": ["#800080", "#4b0082", "#663399", "#6a5acd"],
    "magenta": ["#ff00ff", "#ff1493"],
    "pink": ["#ffc0cb", "#ff69b4", "#ffb6c1"],
}


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue


def test_oklab_is_that_of_its_author() -> None:
    # The values of https://bottosson.github.io/posts/oklab for D65 white and pure red.
    assert oklab(255, 255, 255) == pytest.approx((1.0, 0.0, 0.0), abs=1e-3)
    assert oklab(255, 0, 0) == pytest.approx((0.628, 0.225, 0.126), abs=1e-3)
    assert oklab(0, 0, 0) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("name", CSS)
def test_named_colours_of_css_are_found_by_their_word(name: str) -> None:
    assert set(CSS) == set(NAMES)
    for color in CSS[name]:
        assert cell(_rgb(color)) in cells_named(name), color
    for other in {"red", "green", "blue", "yellow", "white", "black"} - {name}:
        assert cell(_rgb(CSS[name][0])) not in cells_named(other), other


@given(rgb, rgb)
def test_cells_near_a_colour_are_those_of_colours_near_it(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    distance = math.dist(oklab(*one), oklab(*other))
    near = cells_near(one)
    assert near[cell(one)] == 1.0
    diagonal = 0.03 * math.sqrt(3) / 2
    if distance > RADIUS + diagonal:
        assert cell(other) not in near
    elif distance < RADIUS * 0.9 - diagonal:
        nearness = near[cell(other)]
        assert abs(nearness - max(0, 1 - (distance / RADIUS) ** 2)) < 0.45


@given(st.lists(st.tuples(rgb, st.floats(0.01, 1e6))))
def test_merged_colours_differ_and_are_sorted(
    found: list[tuple[tuple[int, int, int], float]],
) -> None:
    swatches = merged(found)
    assert len(swatches) <= 8
    assert list(swatches) == sorted(swatches, key=lambda each: -each.share)
    assert sum(each.share for each in swatches) <= 1 + 1e-9
    assert {each.rgb for each in swatches} <= {color for color, _ in found}
    for number, one in enumerate(swatches):
        for other in swatches[:number]:
            assert difference(one, other) >= 0.06


@given(st.lists(st.builds(Swatch, rgb, st.floats(0.02, 1)), max_size=8))
def test_packed_swatches_come_back(swatches: list[Swatch]) -> None:
    back = unpack_swatches(pack_swatches(swatches))
    assert [each.rgb for each in back] == [each.rgb for each in swatches]
    for one, other in zip(back, swatches, strict=True):
        assert abs(one.share - other.share) <= 0.5 / 255 + 1e-9
    with pytest.raises(ValueError, match="four bytes"):
        unpack_swatches(b"12345")


@given(st.binary(max_size=8).map(lambda data: data * 4))
def test_a_picture_has_a_word_for_each_colour(data: bytes) -> None:
    words = color_words(data)
    assert [int(word[:-1], 16) for word in words] == [cell(s.rgb) for s in unpack_swatches(data)]
    steps = [sum(s.share >= least for least in (0.05, 0.15, 0.4)) for s in unpack_swatches(data)]
    assert ["abcd".index(word[-1]) for word in words] == steps
    assert color_words(None) == ["?"]
    with pytest.raises(ValueError, match="zip"):
        color_words(data + b"\x01")
