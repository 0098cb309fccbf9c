"""Pictures of 8 and 16 bits: known pixels come out as the colours they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from PIL import Image, ImageCms
from render_samples import close, drawn, opened, png_chunk

from audobon.errors import Invalid, Unsupported
from audobon.formats.render import render
from audobon.model.asset import Facts

RED, GREEN, BLUE = (200, 30, 40), (20, 180, 60), (10, 40, 220)


def quarters(width: int = 400, height: int = 300) -> Image.Image:
    """Red and green above, blue and grey below."""
    image = Image.new("RGB", (width, height), (128, 128, 128))
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def check_quarters(image: Image.Image, within: int = 4) -> None:
    image = image.convert("RGB")
    w, h = image.size
    for place, color in {
        (0.25, 0.25): RED,
        (0.75, 0.25): GREEN,
        (0.25, 0.75): BLUE,
        (0.75, 0.75): (128, 128, 128),
    }.items():
        seen = image.getpixel((int(w * place[0]), int(h * place[1])))
        assert close(seen, color, within), (place, seen, color)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.jpg", {"quality": 95}),
        ("a.webp", {"lossless": True}),
        ("a.tif", {"compression": "tiff_lzw"}),
        ("a.bmp", {}),
        ("a.tga", {"compression": "tga_rle"}),
        ("a.dds", {}),
    ],
)
def test_colors_of_every_type(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    quarters().save(tmp_path / name, **options)
    image = drawn(tmp_path / name)
    assert image.size == (256, 192)
    check_quarters(image)


def test_gif_shows_its_first_frame(tmp_path: Path) -> None:
    first, second = Image.new("P", (90, 60), 1), Image.new("P", (90, 60), 2)
    for each in (first, second):
        each.putpalette([0, 0, 0, *RED, *BLUE])
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    assert close(drawn(tmp_path / "a.gif").convert("RGB").getpixel((40, 30)), RED)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.psd", "a.psb"])
def test_sixteen_bits(tmp_path: Path, name: str) -> None:
    pixels = np.asarray(quarters()).astype(np.uint16) * 257
    path = tmp_path / name
    if name.startswith("a.ps"):
        height, width, _ = pixels.shape
        large = name == "a.psb"
        head = (
            b"8BPS\0" + (b"\2" if large else b"\1") + bytes(6) + b"\0\3" + height.to_bytes(4, "big")
        )
        head += width.to_bytes(4, "big") + b"\0\x10\0\3" + bytes(16 if large else 12)
        head += b"\0\0"  # not compressed
        path.write_bytes(head + np.moveaxis(pixels, 2, 0).astype(">u2").tobytes())
    else:
        out = oiio.ImageOutput.create(str(path))
        out.open(str(path), oiio.ImageSpec(400, 300, 3, "uint16"))
        out.write_image(pixels)
        out.close()
    check_quarters(drawn(path))


def test_gray_of_sixteen_bits(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(64, axis=0)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    seen = np.asarray(drawn(tmp_path / "a.png")).astype(int)
    assert np.abs(seen[32] - np.arange(256)).max() <= 2


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    quarters(20, 10).save(tmp_path / "a.png")
    found = render(str(tmp_path / "a.png"))
    assert (found.width, found.height, found.media_type) == (20, 10, "image/png")
    assert np.array_equal(np.asarray(opened(found)), np.asarray(quarters(20, 10)))


def test_proportions_stay_and_no_side_vanishes(tmp_path: Path) -> None:
    Image.new("RGB", (2000, 3), RED).save(tmp_path / "a.png")
    assert drawn(tmp_path / "a.png").size == (256, 1)


def test_shrinking_is_the_mean_of_the_area(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 256, (96, 96, 4), np.uint8)
    pixels[..., 3] = 254  # nearly opaque: a PNG comes out, exact to one level
    Image.fromarray(pixels).save(tmp_path / "a.png")
    seen = np.asarray(drawn(tmp_path / "a.png", 32)).astype(float)
    mean = pixels.reshape(32, 3, 32, 3, 4).mean(axis=(1, 3))
    assert np.abs(seen - mean)[..., :3].max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path: Path, orientation: int) -> None:
    """The stored picture is turned so that undoing the orientation shows red at the top left."""
    from PIL import ImageOps

    stored = quarters(400, 300)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", quality=95, exif=exif)
    with Image.open(tmp_path / "a.jpg") as image:
        upright = ImageOps.exif_transpose(image)
    shown = drawn(tmp_path / "a.jpg")
    assert (shown.width > shown.height) == (upright.width > upright.height)
    for across in (0.2, 0.8):
        for down in (0.2, 0.8):
            seen = shown.getpixel((int(shown.width * across), int(shown.height * down)))
            there = upright.getpixel((int(upright.width * across), int(upright.height * down)))
            assert close(seen, there, 4)


def test_an_embedded_profile_is_converted(tmp_path: Path) -> None:
    """A profile whose curve is linear: stored 55 is light 0.216, which is 128 in sRGB."""
    profile = linear_profile()
    Image.new("RGB", (300, 200), (55, 55, 55)).save(tmp_path / "a.png", icc_profile=profile)
    assert close(drawn(tmp_path / "a.png").convert("RGB").getpixel((9, 9)), (128, 128, 128), 2)


def linear_profile() -> bytes:
    """sRGB's profile with its curve tags replaced by gamma 1."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for index in range(int.from_bytes(data[128:132], "big")):
        at = 132 + index * 12
        if bytes(data[at : at + 4]) in (b"rTRC", b"gTRC", b"bTRC"):
            start = int.from_bytes(data[at + 4 : at + 8], "big")
            data[start : start + 12] = b"curv" + bytes(8)  # no points: the identity
            data[at + 8 : at + 12] = (12).to_bytes(4, "big")
    return bytes(data)


def test_swapped_primaries_and_alpha(tmp_path: Path) -> None:
    """A profile with red and green exchanged turns stored red into green; alpha stays."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for index in range(int.from_bytes(data[128:132], "big")):
        at = 132 + index * 12
        swap = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}
        data[at : at + 4] = swap.get(bytes(data[at : at + 4]), bytes(data[at : at + 4]))
    image = Image.new("RGBA", (80, 60), (255, 0, 0, 100))
    image.save(tmp_path / "a.png", icc_profile=bytes(data))
    assert close(drawn(tmp_path / "a.png").getpixel((5, 5)), (0, 255, 0, 100), 2)


def test_a_broken_profile_is_passed_over(tmp_path: Path) -> None:
    Image.new("RGB", (80, 60), RED).save(tmp_path / "a.png", icc_profile=b"nonsense" * 40)
    assert close(drawn(tmp_path / "a.png").convert("RGB").getpixel((5, 5)), RED)


def test_gamma_of_a_png(tmp_path: Path) -> None:
    Image.new("RGB", (80, 60), (55, 55, 55)).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    linear = png_chunk(b"gAMA", (100_000).to_bytes(4, "big"))
    (tmp_path / "b.png").write_bytes(data[:33] + linear + data[33:])
    assert close(drawn(tmp_path / "b.png").convert("RGB").getpixel((5, 5)), (127, 127, 127), 3)


def test_cmyk(tmp_path: Path) -> None:
    Image.new("CMYK", (300, 200), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    red, green, blue = drawn(tmp_path / "a.jpg").convert("RGB").getpixel((9, 9))
    assert red > 220
    assert green < 40
    assert blue < 40


def test_alpha_edges_have_no_dark_fringe(tmp_path: Path) -> None:
    """White on transparent black: where it half covers a pixel it stays white."""
    pixels = np.zeros((300, 300, 4), np.uint8)
    pixels[50:251, 50:251] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    for size in (100, 97):
        seen = np.asarray(drawn(tmp_path / "a.png", size))
        edge = (seen[..., 3] > 8) & (seen[..., 3] < 250)
        assert edge.any()
        assert seen[edge][:, :3].min() >= 250


def test_transparent_palette_color(tmp_path: Path) -> None:
    image = Image.new("P", (100, 100), 0)
    image.putpalette([255, 0, 255, *GREEN])
    image.paste(1, (0, 0, 50, 100))
    image.save(tmp_path / "a.png", transparency=0)
    shown = drawn(tmp_path / "a.png")
    assert close(shown.getpixel((20, 50)), (*GREEN, 255))
    assert shown.getpixel((80, 50))[3] == 0


def test_opaque_alpha_becomes_a_jpeg(tmp_path: Path) -> None:
    quarters().convert("RGBA").save(tmp_path / "a.png")
    assert render(str(tmp_path / "a.png")).media_type == "image/jpeg"


def test_large_pictures_are_read_in_bands(tmp_path: Path) -> None:
    """9000 x 8000 is over what is decoded in one piece."""
    image = quarters(9000, 8000)
    image.save(tmp_path / "a.png", compress_level=1)
    shown = drawn(tmp_path / "a.png")
    assert shown.size == (256, 228)
    check_quarters(shown)


def test_facts_replace_the_extension(tmp_path: Path) -> None:
    quarters().save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "content")
    check_quarters(opened(render(str(tmp_path / "content"), facts=Facts("image", "png"))))


def test_unknown_types_and_sizes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_bytes(b"something")
    with pytest.raises(Unsupported):
        render(str(tmp_path / "a.xyz"))
    with pytest.raises(Invalid):
        render(str(tmp_path / "a.xyz"), size=0)
    with pytest.raises(FileNotFoundError):
        render(str(tmp_path / "none.png"))
