"""Pictures that are not three channels of 8 bits, made of a real photograph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO
from PIL import Image

__all__ = ["HIGH", "LAMP", "WIDE", "make"]

HIGH, WIDE = 96, 128
LAMP = 400.0
"""What the lamp in the scene light shines with: white is 1."""


def make(photo: Path, folder: Path) -> None:
    """Fill ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(photo) as opened:
        image = opened.convert("RGB").crop((150, 20, 150 + 2 * WIDE, 20 + 2 * HIGH))
    image = image.resize((WIDE, HIGH), Image.Resampling.BOX)
    _integers(folder, image)
    _floats(folder, np.asarray(image).astype(np.float32) / 255)
    _small(folder, image)


def _ramp() -> Any:
    """Alpha from clear on the left to full on the right."""
    ramp = np.linspace(-0.2, 1.2, WIDE).clip(0, 1).astype(np.float32)
    return np.repeat(ramp[None, :, None], HIGH, 0)


def _integers(folder: Path, image: Image.Image) -> None:
    alpha = Image.fromarray(np.rint(_ramp()[..., 0] * 255).astype(np.uint8))
    clear = image.copy()
    clear.putalpha(alpha)
    clear.save(folder / "alpha.png")
    grey = image.convert("LA")
    grey.putalpha(alpha)
    grey.save(folder / "grey-alpha.png")
    image.convert("L").save(folder / "grey.png")
    image.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    image.quantize(64).save(folder / "palette.png")
    clear.quantize(64, method=Image.Quantize.FASTOCTREE).save(folder / "palette-alpha.png")
    image.convert("1").save(folder / "one-bit.png")
    turned = Image.Exif()
    turned[0x0112] = 6
    image.save(folder / "turned.jpg", exif=turned, quality=95)
    later = [image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)]
    for name in ("moving.gif", "moving.webp", "moving.png"):
        image.save(folder / name, save_all=True, append_images=later, duration=100)
    deep = np.asarray(image).astype(np.uint16) * 256 + np.arange(WIDE, dtype=np.uint16)[:, None]
    save(folder / "deep.png", deep, "uint16")
    save(folder / "deep-grey.png", deep[..., :1], "uint16")


def _floats(folder: Path, shown: Any) -> None:
    light = shown**2.2 * 3
    light[10:20, 30:50] = LAMP
    save(folder / "light.exr", light, "half")
    save(folder / "light.hdr", light, "float")
    save(folder / "dim.exr", shown**2.2 * 0.9, "float")
    save(folder / "light-grey.exr", light.mean(-1, keepdims=True), "float", ("Y",))
    weighted = np.concatenate([light * _ramp(), _ramp()], -1)
    save(folder / "light-alpha.exr", weighted, "half", ("R", "G", "B", "A"))
    broken = light.copy()
    broken[5, 5], broken[6, 6], broken[7, 7] = np.nan, np.inf, -3
    save(folder / "broken.exr", broken, "float")


def _small(folder: Path, image: Image.Image) -> None:
    image.crop((40, 30, 41, 31)).save(folder / "one.png")
    image.crop((40, 0, 41, HIGH)).save(folder / "narrow.png")
    image.crop((0, 40, WIDE, 43)).save(folder / "flat.png")


def save(path: Path, pixels: Any, kind: str, names: Sequence[str] = ()) -> None:
    """Write pixels as they are."""
    spec = OpenImageIO.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind)
    if names:
        spec.channelnames = tuple(names)
    target = OpenImageIO.ImageOutput.create(str(path))
    assert target.open(str(path), spec), target.geterror()
    assert target.write_image(np.ascontiguousarray(pixels)), target.geterror()
    target.close()
