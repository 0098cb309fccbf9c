"""Whole pictures are read and written as they are: depth, alpha, orientation, profile."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from audobon.errors import BadFile, LimitExceeded, Unsupported
from audobon.formats.render import whole
from audobon.formats.render.whole import Whole, read_whole, write_whole
from audobon.testing.kra_file import kra_bytes

TYPES: dict[str, Any] = {"u8": np.uint8, "u16": np.uint16, "f16": np.float32, "f32": np.float32}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_there_and_back(tmp_path: Path, kind: str, channels: int) -> None:
    values = np.random.default_rng(1).random((9, 14, channels))
    scale = {"u8": 255, "u16": 65535}.get(kind, 4.0)
    pixels = (values * scale).astype(TYPES[kind])
    if kind == "f16":
        pixels = pixels.astype(np.float16).astype(np.float32)
    path = str(tmp_path / ("x.png" if kind in ("u8", "u16") else "x.exr"))
    made = Whole(pixels, kind, alpha=channels in (2, 4))
    write_whole(path, made)
    read = read_whole(path)
    assert (read.kind, read.alpha) == (kind, made.alpha)
    assert np.array_equal(read.pixels, pixels)


def test_orientation_and_profile(tmp_path: Path) -> None:
    image = Image.fromarray(np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)).resize((48, 32))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "x.jpg"
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        image.save(path, exif=exif, icc_profile=profile, quality=100)
        read = read_whole(str(path))
        with Image.open(path) as opened:
            upright = np.asarray(ImageOps.exif_transpose(opened))
        assert read.pixels.shape == (*upright.shape, 1)
        assert np.abs(read.pixels[..., 0].astype(int) - upright).max() < 4, orientation
        assert read.profile == profile
    out = tmp_path / "out.png"
    write_whole(str(out), read)
    with Image.open(out) as opened:
        assert opened.info["icc_profile"] == profile


def test_straight_alpha_stays_straight(tmp_path: Path) -> None:
    pixels = np.full((3, 3, 4), (200, 100, 50, 10), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    assert np.array_equal(read_whole(str(tmp_path / "x.png")).pixels, pixels)


def test_what_cannot_be_read_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"no picture")
    with pytest.raises(BadFile):
        read_whole(str(path))
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises(BadFile):
        read_whole(str(path))
    with pytest.raises(Unsupported):
        write_whole(str(path), Whole(np.zeros((2, 2, 3), np.float32), "f32"))
    Image.fromarray(noise).save(path)
    monkeypatch.setattr(whole, "_MAX_BYTES", 1000)
    with pytest.raises(LimitExceeded, match="GiB of pixels"):
        read_whole(str(path))


def test_documents_are_what_they_look_like(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 256, (40, 30, 4), np.uint8)
    Image.fromarray(picture).save(tmp_path / "seen.png")
    painting = tmp_path / "painting.kra"
    painting.write_bytes(kra_bytes([], picture=(tmp_path / "seen.png").read_bytes()))
    assert np.array_equal(read_whole(str(painting)).pixels, picture)
    drawing = tmp_path / "drawing.svg"
    drawing.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">'
        '<rect width="10" height="10" fill="#ff0000"/></svg>'
    )
    drawn = read_whole(str(drawing))
    assert drawn.pixels.shape == (512, 1024, 4)
    assert drawn.alpha
    assert tuple(drawn.pixels[200, 200]) == (255, 0, 0, 255)
    assert drawn.pixels[200, 800, 3] == 0


def test_documents_without_a_picture_say_so(tmp_path: Path) -> None:
    empty = tmp_path / "empty.kra"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
    with pytest.raises(BadFile, match="no merged picture"):
        read_whole(str(empty))
    scene = tmp_path / "scene.glb"
    scene.write_bytes(b"glTF" + bytes(100))
    with pytest.raises(Unsupported, match="a glb file is no picture") as told:
        read_whole(str(scene))
    assert "render" in told.value.hint
