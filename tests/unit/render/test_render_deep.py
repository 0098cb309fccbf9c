"""EXR and HDR: exposure, windows, layers, primaries, and numbers that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_samples import close, drawn, opened, write_exr

from audobon.formats.render import render
from audobon.formats.render.channels import choose
from audobon.formats.render.tone import PRIMARIES, exposure, srgb_encoded, to_display


def test_a_picture_made_for_a_display_keeps_its_look(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "a.exr", np.full((60, 90, 3), 0.216))
    assert close(drawn(path).convert("RGB").getpixel((30, 30)), (128, 128, 128))


def test_brighter_stays_brighter_over_many_stops(tmp_path: Path) -> None:
    ramp = np.geomspace(0.01, 30, 256)[None, :, None].repeat(40, 0).repeat(3, 2)
    seen = np.asarray(drawn(write_exr(tmp_path / "a.exr", ramp)).convert("L")).astype(int)[20]
    steps = np.diff(np.convolve(seen, np.ones(9) / 9, "valid"))  # JPEG wobbles by a level
    assert (steps > -0.5).all()
    assert seen[0] < 60
    assert seen[-1] > 230


@given(st.floats(1e-3, 1e3), st.floats(1.0, 4.0))
@settings(max_examples=60, deadline=None)
def test_a_brighter_scene_is_never_shown_darker(level: float, factor: float) -> None:
    scene = np.array([[[0.2, 0.4, 0.1], [1.0, 0.9, 0.8]]], np.float32) * np.float32(level)
    dark, bright = (to_display(each, None, PRIMARIES) for each in (scene, scene * factor))
    assert (bright >= dark - 1e-4).all()
    assert exposure(scene * np.float32(factor)) <= exposure(scene) * 1.0001


def test_the_curve_is_increasing_and_bounded() -> None:
    light = np.geomspace(1e-4, 1e4, 500, dtype=np.float32)[:, None, None].repeat(3, 2)
    shown = to_display(light, None, PRIMARIES)[:, 0, 0]
    assert (np.diff(shown) >= 0).all()
    assert 0 <= shown.min() <= shown.max() <= 1
    assert srgb_encoded(np.array([0.0, 1.0])) == pytest.approx([0, 1])


def test_nan_and_infinity_do_not_spread(tmp_path: Path) -> None:
    pixels = np.full((64, 64, 3), 0.2, np.float32)
    pixels[0:8, 0:8] = np.nan
    pixels[0:8, 32:40] = np.inf
    pixels[0:8, 48:56] = -np.inf
    shown = drawn(write_exr(tmp_path / "a.exr", pixels)).convert("RGB")
    assert close(shown.getpixel((4, 4)), (0, 0, 0), 8)
    assert shown.getpixel((36, 4))[1] > 245
    assert shown.getpixel((10, 50))[0] > 60


def test_the_data_window_lies_at_its_offset(tmp_path: Path) -> None:
    """100 x 100 pixels at (50, 20) of a display window of 300 x 200; the rest is clear."""
    pixels = np.ones((100, 100, 4)) * (0.3, 0.05, 0.05, 1.0)
    fields = {"x": 50, "y": 20, "full_width": 300, "full_height": 200}
    path = write_exr(tmp_path / "a.exr", pixels, ("R", "G", "B", "A"), **fields)
    shown = drawn(path, 300)
    assert shown.size == (300, 200)
    alpha = np.asarray(shown)[..., 3]
    assert alpha[20:120, 50:150].min() == 255
    assert alpha.sum() == 100 * 100 * 255


def test_overscan_is_cut(tmp_path: Path) -> None:
    pixels = np.full((140, 140, 3), 0.2)
    pixels[20:120, 20:120] = (0.5, 0.1, 0.1)
    fields = {"x": -20, "y": -20, "full_width": 100, "full_height": 100}
    shown = drawn(write_exr(tmp_path / "a.exr", pixels, **fields)).convert("RGB")
    assert shown.size == (100, 100)
    assert all(p[0] > p[1] + 50 for p in (shown.getpixel((2, 2)), shown.getpixel((97, 97))))


def test_tiles_and_odd_sizes(tmp_path: Path) -> None:
    pixels = np.full((333, 517, 3), 0.2)
    pixels[:, 300:] = (0.5, 0.05, 0.05)
    fields = {"tile_width": 32, "tile_height": 32}
    shown = drawn(write_exr(tmp_path / "a.exr", pixels, **fields), 100).convert("RGB")
    assert shown.size == (100, 64)
    left, right = shown.getpixel((20, 60)), shown.getpixel((90, 60))
    assert abs(left[0] - left[1]) < 8
    assert right[0] > right[1] + 60


def test_primaries_are_converted(tmp_path: Path) -> None:
    """ACES AP1 white stays neutral, its green leaves sRGB and is clipped, not wrapped."""
    ap1 = ("float[8]", (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767))
    pixels = np.full((64, 128, 3), 0.2)
    pixels[:, 64:] = (0.05, 0.3, 0.05)
    shown = drawn(write_exr(tmp_path / "a.exr", pixels, chromaticities=ap1)).convert("RGB")
    red, green, blue = shown.getpixel((20, 30))
    assert max(red, green, blue) - min(red, green, blue) <= 6
    as_if = drawn(write_exr(tmp_path / "b.exr", pixels)).convert("RGB")
    assert shown.getpixel((100, 30))[1] > as_if.getpixel((100, 30))[1]
    assert shown.getpixel((100, 30))[0] < as_if.getpixel((100, 30))[0] - 10


def test_a_beauty_layer_wins_over_others(tmp_path: Path) -> None:
    names = ("Normal.R", "Normal.G", "Normal.B", "View.Combined.R", "View.Combined.G")
    pixels = np.zeros((20, 20, 6))
    pixels[..., 3] = 0.4
    path = write_exr(tmp_path / "a.exr", pixels, (*names, "View.Combined.B"))
    red, green, _blue = drawn(path).convert("RGB").getpixel((9, 9))
    assert red > 100 > green


def test_only_depth_is_shown_as_near_and_far(tmp_path: Path) -> None:
    depth = np.geomspace(1, 100, 128)[None, :, None].repeat(64, 0)
    depth[:10] = 1e10
    shown = np.asarray(drawn(write_exr(tmp_path / "a.exr", depth, ("Z",))).convert("L"))
    assert shown[40, 3] > shown[40, 60] > shown[40, 124] > shown[2, 60]


def test_choice_of_channels() -> None:
    assert choose([("A", "B", "G", "R")]).channels == (3, 2, 1, 0)
    assert choose([("Y", "A")]).kind == "gray"
    assert choose([("Z",), ("rgba.R", "rgba.G", "rgba.B")]).part == 1
    assert choose([("Z",), ("R", "G", "B")], single=True).kind == "depth"
    assert choose([("weird",)]).channels == (0,)


def test_several_parts(tmp_path: Path) -> None:
    path = str(tmp_path / "a.exr")
    specs = [oiio.ImageSpec(40, 30, 1, "half"), oiio.ImageSpec(40, 30, 3, "half")]
    specs[0].channelnames = ("Z",)
    for spec, name in zip(specs, ("depth", "beauty"), strict=True):
        spec.attribute("oiio:subimagename", name)
    out = oiio.ImageOutput.create(path)
    assert out.open(path, specs)
    out.write_image(np.ones((30, 40, 1), np.float32))
    assert out.open(path, specs[1], "AppendSubimage")
    out.write_image(np.full((30, 40, 3), (0.5, 0.05, 0.05), np.float32))
    out.close()
    red, green, _ = drawn(tmp_path / "a.exr").convert("RGB").getpixel((9, 9))
    assert red > green + 60


def test_radiance_and_float_tiff(tmp_path: Path) -> None:
    for name in ("a.hdr", "a.tif"):
        path = str(tmp_path / name)
        out = oiio.ImageOutput.create(path)
        out.open(path, oiio.ImageSpec(100, 50, 3, "float"))
        out.write_image(np.full((50, 100, 3), 0.216, np.float32))
        out.close()
        image = opened(render(path)).convert("RGB")
        assert close(image.getpixel((50, 25)), (128, 128, 128), 4), name
