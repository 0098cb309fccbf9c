"""Two pictures compared: exact figures on small ones, and every way in which sides can differ."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from PIL import Image
from render_samples import close, opened, png_claiming, write_exr

from audobon.errors import AudobonError, BadFile, LimitExceeded, Unsupported
from audobon.formats.render.compare import Compared, compare
from audobon.formats.render.delta import VISIBLE, color_delta

GRAY = np.full((10, 10, 3), 90, np.uint8)


def saved(path: Path, pixels: Any, **settings: Any) -> str:
    Image.fromarray(pixels).save(path, **settings)
    return str(path)


def deep(path: Path, pixels: Any) -> str:
    """A file of 16 bits a channel."""
    out = oiio.ImageOutput.create(str(path))
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], "uint16")
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(pixels)
    out.close()
    return str(path)


def difference(found: Compared) -> Any:
    return np.asarray(opened(found.difference).convert("RGB")).astype(int)


def test_one_pixel_of_a_hundred_is_one_percent(tmp_path: Path) -> None:
    other = GRAY.copy()
    other[3, 4] = (200, 90, 90)
    found = compare(saved(tmp_path / "a.png", GRAY), saved(tmp_path / "b.png", other))
    change = found.change
    assert (change.changed, change.touched) == (0.01, 0.01)
    assert change.box == (4, 3, 1, 1)
    assert change.most == pytest.approx(100 * change.mean)
    assert (change.basis, change.notes, change.same) == ("pixels", (), False)
    heat = difference(found)
    assert heat[3, 4, 0] > heat[3, 4, 2] + 80, "hot where it changed"
    assert np.ptp(heat[0, 0]) == 0, "and grey where it did not"
    assert np.array_equal(np.asarray(opened(found.after).convert("RGB")), other)


def test_another_compression_is_the_same_picture(tmp_path: Path) -> None:
    a = saved(tmp_path / "a.png", GRAY, compress_level=9)
    b = saved(tmp_path / "b.png", GRAY, compress_level=0)
    assert Path(a).read_bytes() != Path(b).read_bytes()
    change = compare(a, b).change
    assert change.same
    assert (change.changed, change.touched, change.most, change.box) == (0, 0, 0, None)


def test_what_nobody_sees_is_told_but_not_counted_as_visible(tmp_path: Path) -> None:
    other = GRAY.copy()
    other[:5] += 1
    change = compare(saved(tmp_path / "a.png", GRAY), saved(tmp_path / "b.png", other)).change
    assert (change.changed, change.touched) == (0.0, 0.5)
    assert 0 < change.most < VISIBLE
    assert change.box == (0, 0, 10, 5)


def test_delta_e_is_that_of_the_standard() -> None:
    """Black to white is 100; sRGB red to green is 170.6 (CIE 76, Lindbloom's calculator)."""
    pixels = [(0, 0, 0, 255), (255, 0, 0, 255), (119, 119, 119, 255)]
    others = [(255, 255, 255, 255), (0, 255, 0, 255), (120, 119, 119, 255)]
    found = color_delta(np.array(pixels, np.uint8), np.array(others, np.uint8))
    assert found[0] == pytest.approx(100, abs=0.01)
    assert found[1] == pytest.approx(170.6, abs=0.1)
    assert 0 < found[2] < 1


def test_transparency_alone_counts_and_hidden_colour_does_not_show(tmp_path: Path) -> None:
    clear = np.dstack([GRAY, np.full((10, 10), 255, np.uint8)])
    clear[0] = (10, 20, 30, 0)
    other = clear.copy()
    other[5, 5, 3] = 100
    other[0] = (200, 20, 30, 0)
    change = compare(saved(tmp_path / "a.png", clear), saved(tmp_path / "b.png", other)).change
    assert (change.changed, change.touched) == (0.01, 0.11)
    assert change.box == (5, 5, 1, 1)


def test_a_channel_more_is_a_mode_not_a_change(tmp_path: Path) -> None:
    opaque = np.dstack([GRAY, np.full((10, 10), 255, np.uint8)])
    change = compare(saved(tmp_path / "a.png", GRAY), saved(tmp_path / "b.png", opaque)).change
    assert change.touched == 0
    assert (change.before_mode, change.after_mode) == ("rgb, 8 bit", "rgb, 8 bit, alpha")


@pytest.mark.parametrize("ext", ["png", "tif"])
def test_sixteen_bits_are_compared_as_sixteen_bits(tmp_path: Path, ext: str) -> None:
    a = np.random.default_rng(7).integers(0, 65535, (20, 30, 3), np.uint16)
    b = a.copy()
    b[4, 5, 0] ^= 1
    b[6, 7] = 65535 - b[6, 7]
    change = compare(deep(tmp_path / f"a.{ext}", a), deep(tmp_path / f"b.{ext}", b)).change
    assert change.touched == pytest.approx(2 / 600)
    assert change.changed == pytest.approx(1 / 600)
    assert change.box == (7, 6, 1, 1)
    assert change.before_mode == "rgb, 16 bit"


def test_scene_light_is_seen_in_one_exposure(tmp_path: Path) -> None:
    """All light doubled: an exposure of its own for each side would nearly hide it."""
    light = np.full((16, 32, 3), 0.18, np.float32)
    a = write_exr(tmp_path / "a.exr", light)
    b = write_exr(tmp_path / "b.exr", light * 2)
    found = compare(str(a), str(b))
    assert found.change.changed == 1.0
    assert close(opened(found.before).convert("RGB").getpixel((3, 3)), (118, 118, 118))
    assert close(opened(found.after).convert("RGB").getpixel((3, 3)), (162, 162, 162))


def test_a_corner_of_an_exr_and_values_that_are_no_numbers(tmp_path: Path) -> None:
    light = np.random.default_rng(3).random((16, 32, 3)).astype(np.float32)
    light[0, 0] = np.nan
    light[0, 1] = np.inf
    other = light.copy()
    other[10:, 24:] *= 4
    a, b = write_exr(tmp_path / "a.exr", light), write_exr(tmp_path / "b.exr", other)
    change = compare(str(a), str(b)).change
    assert change.touched == pytest.approx(48 / 512)
    assert change.box == (24, 10, 8, 6)
    assert compare(str(a), str(a)).change.same


def test_the_display_window_is_what_is_compared(tmp_path: Path) -> None:
    light = np.full((8, 8, 3), 0.5, np.float32)
    window = {"full_width": 16, "full_height": 16, "x": 4, "y": 4}
    a = write_exr(tmp_path / "a.exr", light, **window)
    b = write_exr(tmp_path / "b.exr", light, **window | {"x": 6})
    change = compare(str(a), str(b)).change
    assert change.measured == (16, 16)
    assert change.changed == pytest.approx(2 * 2 * 8 / 256)


def test_other_channels_are_named_as_not_compared(tmp_path: Path) -> None:
    pixels = np.random.default_rng(5).random((8, 8, 5)).astype(np.float32)
    names = ("R", "G", "B", "Z", "id")
    a = write_exr(tmp_path / "a.exr", pixels, names)
    change = compare(str(a), str(a)).change
    assert change.notes == ("Of the channels inside 2 more are not compared.",)


def test_a_resized_picture_is_compared_at_the_smaller_size(tmp_path: Path) -> None:
    smooth = np.dstack([np.tile(np.linspace(0, 255, 300).astype(np.uint8), (200, 1))] * 3)
    a = saved(tmp_path / "a.png", smooth)
    half = Image.fromarray(smooth).reduce(2)
    half.save(tmp_path / "b.png")
    change = compare(a, str(tmp_path / "b.png")).change
    assert (change.before, change.after, change.measured) == ((300, 200), (150, 100), (150, 100))
    assert change.changed < 0.02
    assert change.notes == ("The sizes differ: both were compared at 150 x 100.",)
    assert not change.same


def test_a_larger_canvas_counts_as_changed(tmp_path: Path) -> None:
    larger = np.vstack([GRAY, np.full((10, 10, 3), 250, np.uint8)])
    change = compare(saved(tmp_path / "a.png", GRAY), saved(tmp_path / "b.png", larger)).change
    assert change.measured == (10, 20)
    assert change.changed == 0.5
    assert change.box == (0, 10, 10, 10)
    assert change.notes[0].startswith("The canvas differs")


def test_a_turned_photo_is_compared_upright(tmp_path: Path) -> None:
    photo = np.dstack([np.arange(48 * 32, dtype=np.uint32).reshape(32, 48) // 8 % 256] * 3)
    image = Image.fromarray(photo.astype(np.uint8))
    image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.tif")
    exif = Image.Exif()
    exif[0x0112] = 8  # to be turned by 90 degrees against the clock
    image.save(tmp_path / "b.jpg", exif=exif, quality=100, subsampling=0)
    change = compare(str(tmp_path / "a.tif"), str(tmp_path / "b.jpg")).change
    assert change.before == change.after == (32, 48)
    assert change.changed == 0


def test_profiles_count_as_they_look(tmp_path: Path) -> None:
    """Equal numbers under another profile are another picture."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    a = saved(tmp_path / "a.png", GRAY)
    Image.fromarray(GRAY).save(tmp_path / "b.png", gamma=1.0)
    b = compare(a, saved(tmp_path / "c.png", GRAY, icc_profile=profile)).change
    assert b.before_mode == "rgb, 8 bit"
    data = bytearray(Path(a).read_bytes())
    gamma = b"\0\0\0\x04gAMA\0\x01\x86\xa0\x31\xe8\x96\x5f"  # 1.0
    at = data.index(b"IDAT") - 4
    (tmp_path / "d.png").write_bytes(bytes(data[:at]) + gamma + bytes(data[at:]))
    change = compare(a, str(tmp_path / "d.png")).change
    assert (change.changed, change.touched) == (1.0, 1.0)


def test_what_has_no_pixels_is_compared_by_its_preview(tmp_path: Path) -> None:
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="{0}" height="8"/>'
    )
    for name, wide in (("a", 8), ("b", 4)):
        (tmp_path / f"{name}.svg").write_text(text.format(wide) + "</svg>")
    change = compare(str(tmp_path / "a.svg"), str(tmp_path / "b.svg"), size=64).change
    assert change.basis == "preview"
    assert change.changed == pytest.approx(0.5, abs=0.02)
    assert change.notes == ("Compared are the previews, since the file has no pixels of its own.",)


def test_the_first_frame_is_told_to_be_the_only_one(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (each, 0, 0)) for each in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], loop=0)
    change = compare(str(tmp_path / "a.gif"), str(tmp_path / "a.gif")).change
    assert change.notes == ("The first page or frame is compared, no other.",)


def test_pictures_have_one_size_and_lie_over_each_other(tmp_path: Path) -> None:
    wide = np.full((300, 700, 3), 90, np.uint8)
    other = wide.copy()
    other[150, 350] = (255, 60, 20)
    found = compare(saved(tmp_path / "a.png", wide), saved(tmp_path / "b.png", other), size=100)
    sizes = {opened(each).size for each in (found.before, found.after, found.difference)}
    assert sizes == {(100, 43)}
    heat = difference(found)
    hot = np.argwhere(heat[..., 0] > heat[..., 2] + 30)
    assert abs(hot.mean(axis=0) - (21, 50)).max() <= 2, "one pixel of 210,000 is seen where it is"


def test_damage_and_lies_are_errors_of_their_kind(tmp_path: Path) -> None:
    sound = saved(tmp_path / "a.png", GRAY)
    (tmp_path / "torn.png").write_bytes(Path(sound).read_bytes()[:50] + b"\xff" * 40 + b"IEND")
    (tmp_path / "huge.png").write_bytes(png_claiming(30_000, 30_000))
    (tmp_path / "note.txt").write_text("no picture")
    with pytest.raises(BadFile):
        compare(sound, str(tmp_path / "torn.png"))
    with pytest.raises(LimitExceeded):
        compare(str(tmp_path / "huge.png"), sound)
    with pytest.raises(Unsupported):
        compare(str(tmp_path / "note.txt"), sound)


def test_a_strip_may_stop_it(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(fraction: float) -> None:
        raise Enough

    a = saved(tmp_path / "a.png", GRAY)
    with pytest.raises(Enough):
        compare(a, a, check=stop)


_MEASURE = """
import resource, sys
from audobon.formats.render.compare import compare
compare(sys.argv[1], sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
change = compare(sys.argv[2], sys.argv[3]).change
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, change.touched * 120e6)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in its units")
def test_memory_does_not_grow_with_the_picture(tmp_path: Path) -> None:
    """Two of 12,000 x 10,000 grey pixels: in one piece that would be 960 MB as shown."""
    small = saved(tmp_path / "small.png", GRAY)
    large = Image.new("L", (12_000, 10_000), 128)
    large.save(tmp_path / "a.png", compress_level=1)
    large.putpixel((11_999, 9_999), 0)
    large.save(tmp_path / "b.png", compress_level=1)
    command = [sys.executable, "-c", _MEASURE, small, tmp_path / "a.png", tmp_path / "b.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    grown, touched = done.stdout.split()
    assert round(float(touched)) == 1
    assert int(grown) < 300 << 10


def _samples(folder: Path) -> list[Path]:
    """The same small picture in the formats that the most is exchanged in."""
    pixels = np.random.default_rng(11).integers(0, 255, (24, 24, 3), np.uint8)
    image = Image.fromarray(pixels)
    for ext in ("png", "jpg", "tif", "gif", "webp", "tga", "bmp"):
        image.save(folder / f"sound.{ext}")
    deep(folder / "sixteen.png", pixels.astype(np.uint16) * 257)
    write_exr(folder / "sound.exr", pixels.astype(np.float32) / 255)
    return sorted(folder.iterdir())


def test_any_damage_is_an_error_of_ours_or_a_picture(tmp_path: Path) -> None:
    chance = random.Random(5)
    outcomes = set()
    for sound in _samples(tmp_path):
        data = sound.read_bytes()
        for _ in range(25):
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 6)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            torn = tmp_path / f"torn{sound.suffix}"
            torn.write_bytes(broken[: chance.choice([len(broken), len(broken) // 2])])
            try:
                change = compare(str(sound), str(torn), size=16).change
            except AudobonError as error:
                outcomes.add(type(error))
            else:
                assert 0 <= change.changed <= change.touched <= 1
                outcomes.add(Compared)
    assert {BadFile, Compared} <= outcomes <= {BadFile, Compared, LimitExceeded, Unsupported}
