"""Colours, normals and seamless textures are what they should be, by arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from audobon.errors import Invalid
from audobon.inference.pixels.blur import blur
from audobon.inference.pixels.color import from_oklab, to_oklab, to_unit
from audobon.inference.pixels.normal import height_map, normal_map
from audobon.inference.pixels.resize import resize, square
from audobon.inference.steps import (
    masked_of,
    palette_of,
    scores_of,
    seamless_of,
    square_of,
)

Array = np.ndarray[Any, Any]


def noise(height: int, width: int, sigma: float = 2.0) -> Array:
    """A texture: smooth noise 0..1 that does not tile."""
    made = np.random.default_rng(7).random((height, width)).astype(np.float32)
    soft = blur(made, sigma, wrap=False)
    return (soft - soft.min()) / (soft.max() - soft.min())


def test_palette_of_flat_areas() -> None:
    pixels = np.zeros((40, 100, 3), np.uint8)
    pixels[:, :50], pixels[:, 50:80], pixels[:, 80:] = (200, 30, 40), (20, 90, 200), (240, 240, 230)
    found = palette_of(pixels, "u8", alpha=False, count=5)
    assert [row["color"] for row in found] == ["#c81e28", "#145ac8", "#f0f0e6"]
    assert [row["share"] for row in found] == [0.5, 0.3, 0.2]
    assert found == palette_of(pixels, "u8", alpha=False, count=5)
    assert len(palette_of(pixels, "u8", alpha=False, count=2)) == 2


def test_palette_counts_what_is_seen() -> None:
    pixels = np.zeros((10, 10, 4), np.uint16)
    pixels[:, :5] = (65535, 0, 0, 65535)
    pixels[:, 5:] = (0, 65535, 0, 0)
    assert palette_of(pixels, "u16", alpha=True, count=4) == [{"color": "#ff0000", "share": 1.0}]
    pixels[..., 3] = 0
    assert palette_of(pixels, "u16", alpha=True, count=4) == []


def test_palette_of_light() -> None:
    pixels = np.full((4, 4, 3), np.nan, np.float32)
    pixels[:2] = 1e9
    assert {row["color"] for row in palette_of(pixels, "f32", alpha=False, count=3)} == {
        "#ffffff",
        "#000000",
    }


def test_oklab_there_and_back() -> None:
    unit = np.random.default_rng(1).random((50, 3)).astype(np.float32)
    assert np.abs(from_oklab(to_oklab(unit)) - unit).max() < 2e-3
    white = to_oklab(np.ones((1, 3), np.float32))[0]
    assert np.abs(white - [1, 0, 0]).max() < 1e-4


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("size", [(64, 64), (5, 90), (1, 3)])
def test_blur_keeps_the_mean_and_flat_areas(wrap: bool, size: tuple[int, int]) -> None:
    values = np.random.default_rng(2).random(size).astype(np.float32)
    soft = blur(values, 3.0, wrap=wrap)
    assert soft.shape == size
    assert soft.std() < values.std()
    flat = np.full(size, 0.25, np.float32)
    assert np.abs(blur(flat, 3.0, wrap=wrap) - flat).max() < 1e-5
    if wrap:
        assert abs(float(soft.mean() - values.mean())) < 1e-5


def test_a_blur_of_a_point_is_as_wide_as_asked() -> None:
    point = np.zeros((101, 101), np.float32)
    point[50, 50] = 1
    for sigma in (2.0, 5.0):
        row = blur(point, sigma, wrap=True).sum(0)
        spread = (row * (np.arange(101) - 50) ** 2).sum() ** 0.5
        assert abs(spread - sigma) < 0.12 * sigma


def test_normals_lean_away_from_what_is_high() -> None:
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    dome = (1 - x**2 - y**2).astype(np.float32) / 2 + 0.5
    opengl = normal_map(dome, strength=8, wrap=False)
    assert np.abs(np.linalg.norm(opengl * 2 - 1, axis=-1) - 1).max() < 1e-5
    assert opengl[32, 55, 0] > 0.55  # right of the top it looks right
    assert opengl[32, 8, 0] < 0.45
    assert opengl[8, 32, 1] > 0.55  # above it, up, which is green in OpenGL
    assert opengl[55, 32, 1] < 0.45
    directx = normal_map(dome, strength=8, wrap=False, directx=True)
    assert np.allclose(directx[..., 1], 1 - opengl[..., 1], atol=1e-6)
    flat = normal_map(np.full((8, 8), 0.3, np.float32), strength=5, wrap=False)
    assert np.allclose(flat, (0.5, 0.5, 1.0))


def test_a_larger_copy_has_the_same_normals() -> None:
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    large = np.exp(-4 * (x**2 + y**2)).astype(np.float32)
    small = normal_map(large[::2, ::2], strength=1, wrap=False)
    assert np.abs(normal_map(large, strength=1, wrap=False)[::2, ::2] - small).max() < 0.02


def test_height_of_a_texture_that_tiles_tiles() -> None:
    bright = blur(np.random.default_rng(3).random((96, 128)).astype(np.float32), 2, wrap=True)
    height = height_map(bright, wrap=True)
    rolled = height_map(np.roll(bright, (31, 57), (0, 1)), wrap=True)
    assert np.abs(np.roll(height, (31, 57), (0, 1)) - rolled).max() < 1e-4
    assert 0 <= height.min() < height.max() <= 1


def test_height_knows_no_lighting() -> None:
    bumps = noise(128, 128) * 0.3
    lit = bumps + np.linspace(0, 0.7, 128, dtype=np.float32)[None]
    inner = (slice(16, -16), slice(16, -16))
    with_lamp, without = (height_map(each, wrap=False)[inner] for each in (lit, bumps))
    assert np.corrcoef(with_lamp.ravel(), without.ravel())[0, 1] > 0.97


def seam(values: Array) -> float:
    """How much larger the step over the edges is than the steps inside."""
    inside = [np.abs(np.diff(values.astype(float), axis=axis)).mean() for axis in (0, 1)]
    over = [
        np.abs(values[0].astype(float) - values[-1]).mean(),
        np.abs(values[:, 0].astype(float) - values[:, -1]).mean(),
    ]
    return max(o / i for o, i in zip(over, inside, strict=True))


@pytest.mark.parametrize("size", [(128, 128), (100, 175), (17, 16)])
def test_seamless_has_no_seam_and_stays_what_it_is(size: tuple[int, int]) -> None:
    texture = (np.stack([noise(*size), 1 - noise(*size), noise(*size)], -1) * 200 + 20).astype("u1")
    made = seamless_of(texture, "u8", alpha=False, even=False, check=lambda: None)
    assert (made.shape, made.dtype) == (texture.shape, texture.dtype)
    if min(size) > 32:
        assert seam(texture) > 3
        assert seam(made) < 1.5
        assert abs(float(made.std()) / float(texture.std()) - 1) < 0.15  # contrast stays


def test_seamless_evens_light_keeps_depth_and_alpha() -> None:
    values = noise(128, 128) * 20000 + np.linspace(0, 40000, 128)[None]
    pixels = np.stack([values, values, values, np.full_like(values, 65535)], -1).astype(np.uint16)
    made = seamless_of(pixels, "u16", alpha=True, even=True, check=lambda: None)
    assert made.dtype == np.uint16
    assert (made[..., 3] == 65535).all()
    slope = made[:, :32, 0].mean() - made[:, -32:, 0].mean()
    assert abs(slope) < 0.1 * 30000
    assert seam(made[..., :3]) < 1.5
    with pytest.raises(Invalid, match="too small"):
        seamless_of(pixels[:8], "u16", alpha=True, even=True, check=lambda: None)


def test_resize_is_the_area_average_and_keeps_slopes() -> None:
    values = np.random.default_rng(5).random((64, 96, 3)).astype(np.float32)
    assert abs(float(resize(values, 8, 12).mean() - values.mean())) < 5e-3
    slope = np.repeat(np.arange(256, dtype=np.float32)[None, :, None], 4, 0)
    small = resize(slope, 4, 32)[0, :, 0]
    assert np.abs(np.diff(small)[2:-2] - 8).max() < 1e-3
    assert square(values, 224).shape == (224, 224, 3)
    huge = resize(np.ones((3000, 7, 1), np.float32), 20, 7)
    assert np.allclose(huge, 1)


def test_clear_pixels_are_seen_as_grey() -> None:
    pixels = np.zeros((50, 50, 4), np.uint8)
    grey = square_of(pixels, "u8", alpha=True, size=8)
    assert np.abs(grey - 127.5).max() <= 0.5
    assert square_of(pixels, "u8", alpha=False, size=8).shape == (1, 8, 8, 3)
    assert to_unit(np.zeros((2, 2, 1), np.uint8), "u8").shape == (2, 2, 3)


def test_a_mask_becomes_alpha() -> None:
    mask = np.zeros((1, 1, 8, 8), np.float32)
    mask[..., 4:] = 1
    deep = np.full((32, 64, 3), 40000, np.uint16)
    made = masked_of(deep, "u16", mask, alpha=False)
    assert (made.dtype, made.shape) == (np.uint16, (32, 64, 4))
    assert (made[:, :20, 3] == 0).all()
    assert (made[:, 44:, 3] == 65535).all()
    assert (made[..., :3] == 40000).all()
    veiled = np.concatenate([deep, np.full((32, 64, 1), 32768, np.uint16)], -1)
    assert (masked_of(veiled, "u16", mask, alpha=True)[:, 44:, 3] == 32768).all()
    light = np.full((32, 64, 1), 5.0, np.float32)
    made = masked_of(light, "f32", mask, alpha=False)
    assert made.shape == (32, 64, 2)
    assert (made[0, 0] == 0).all()
    assert (made[0, -1] == (5, 1)).all()


def test_classes_of_one_name_are_one_tag() -> None:
    logits = np.log(np.array([[0.25, 0.3, 0.15, 0.3]], np.float32))
    found = scores_of(logits, ["missile", "crane", "missile", "daisy"], threshold=0.35, count=3)
    assert [row["tag"] for row in found] == ["missile"]
    assert abs(found[0]["score"] - 0.4) < 1e-3
