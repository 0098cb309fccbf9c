"""Tiles put together are what the whole picture would give, whatever its size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from audobon.errors import Invalid
from audobon.inference.tiles import Plan, tiled

Array = np.ndarray[Any, Any]
SIZES = [(1, 1), (1, 40), (7, 5), (32, 32), (33, 64), (100, 257)]


def picture(height: int, width: int) -> Array:
    return np.random.default_rng(height * width).random((height, width, 3)).astype(np.float32)


def local(piece: Array) -> Array:
    """Looks three pixels far and enlarges twice: what a tile needs is a margin of three."""
    padded = np.pad(piece, ((3, 3), (3, 3), (0, 0)), "edge")
    high, wide = piece.shape[:2]
    moved = [padded[y : y + high, x : x + wide] * (1 + y - x) for y in range(7) for x in range(7)]
    return np.repeat(np.repeat(sum(moved) / 49, 2, 0), 2, 1).astype(np.float32)


def extended(whole: Array, pad: int, mode: Any) -> Array:
    for axis in (0, 1):
        margins = [(0, 0)] * 3
        margins[axis] = (pad, pad)
        one = mode if whole.shape[axis] > 1 else "edge"  # numpy cannot mirror a single line
        whole = np.pad(whole, margins, one)
    return whole


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("wrap", [False, True])
def test_exact_where_the_margin_is_what_the_network_sees(size: tuple[int, int], wrap: bool) -> None:
    whole = picture(*size)
    out = np.full((size[0] * 2, size[1] * 2, 3), np.nan, np.float32)
    tiled(whole, out, Plan(16, 3, 2, wrap=wrap), local)
    expected = local(extended(whole, 3, "wrap" if wrap else "reflect"))[6:-6, 6:-6]
    assert np.abs(out - expected).max() < 1e-5


def test_a_texture_that_tiles_is_the_same_wherever_it_is_cut() -> None:
    whole = picture(50, 70)
    plain, rolled = (np.empty((100, 140, 3), np.float32) for _ in range(2))
    tiled(whole, plain, Plan(24, 3, 2, wrap=True), local)
    tiled(np.roll(whole, (17, 29), (0, 1)), rolled, Plan(24, 3, 2, wrap=True), local)
    assert np.abs(np.roll(plain, (34, 58), (0, 1)) - rolled).max() < 1e-5


@pytest.mark.parametrize("wrap", [False, True])
def test_faded_where_every_tile_is_of_another_brightness(wrap: bool) -> None:
    """A network that looks at everything: here each tile is as bright as its content says."""

    def brighter(piece: Array) -> Array:
        return np.full_like(piece, (float(piece.mean()) * 1e4) % 7)

    out = np.full((90, 90, 1), np.nan, np.float32)
    tiled(picture(90, 90)[..., :1], out, Plan(40, 8, feather=8, wrap=wrap), brighter)
    assert np.isfinite(out).all()
    steps = [np.abs(np.diff(out, axis=axis)).max() for axis in (0, 1)]
    if wrap:
        steps += [np.abs(out[0] - out[-1]).max(), np.abs(out[:, 0] - out[:, -1]).max()]
    # The largest difference, over the width of the fade; in corners three fades meet.
    assert max(steps) <= 3 * 7 / 8
    assert out.max() - out.min() > 5  # hard edges would be as high as that


def test_only_pieces_are_computed_and_progress_is_told() -> None:
    shapes, told = set(), []

    def run(piece: Array) -> Array:
        shapes.add(piece.shape)
        return piece

    whole = picture(200, 300)
    out = np.empty_like(whole)
    tiled(whole, out, Plan(64, 8), run, told.append)
    assert shapes == {(64, 64, 3)}
    assert np.array_equal(out, whole)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == -(-200 // 48) * -(-300 // 48)


def test_a_cut_that_leaves_nothing_is_refused() -> None:
    for plan in ((16, 8), (16, -1)):
        with pytest.raises(Invalid):
            Plan(*plan)
    with pytest.raises(Invalid):
        Plan(16, 2, feather=3)
