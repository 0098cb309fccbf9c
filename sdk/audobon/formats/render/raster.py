"""Pictures of 8 and 16 bits: PNG, JPEG, WebP, TIFF, GIF, BMP, TGA, PSD, DDS, AVIF."""

from __future__ import annotations

import io
import os
import warnings
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from audobon.formats.render.color import to_srgb
from audobon.formats.render.encode import encode, shrink
from audobon.formats.render.inflated import MAX_FILE, prepared
from audobon.formats.render.rendered import (
    MAX_WHOLE,
    Rendered,
    bad,
    check_pixels,
    too_large,
    unsupported,
)

__all__ = ["BANDED", "draw", "draw_bytes", "open_image", "plain", "turn_of"]

# Our own budget is checked before the pixels are; Pillow's would warn below it.
Image.MAX_IMAGE_PIXELS = None

_PLUGINS = {"jpeg": ("JPEG", "MPO"), "png": ("PNG",)}
"""Format name -> Pillow's name where it is not the same in capitals. Nothing else is tried:
some of Pillow's plugins start programs (EPS)."""

BANDED = ("png", "tiff", "psd", "tga", "bmp")
"""What can be read in bands by the other decoder when it is large."""

_WIDE_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N", "F")


def draw(path: str, name: str, size: int) -> Rendered:
    """Family function of :func:`audobon.formats.render.render`."""
    # A file object of ours is closed whatever the decoder does.
    with open(path, "rb") as stream:
        try:
            image = open_image(_read(stream) if name == "png" else stream, name)
        except UnidentifiedImageError as exc:
            if name in BANDED:
                return _by_bands(path, name, size)
            raise bad(path, f"its header is not one of a {name} file") from exc
        with image:
            check_pixels(path, *image.size)
            if _needs_bands(image, name):
                return _by_bands(path, name, size)
            return _draw_image(path, image, size)


def draw_bytes(path: str, data: bytes, name: str, size: int) -> Rendered:
    """The picture in ``data``, a whole file of type ``name`` that was found inside ``path``."""
    if name == "png":
        data = prepared(data)
    try:
        image = open_image(io.BytesIO(data), name)
    except UnidentifiedImageError as exc:
        raise bad(path, "the picture inside it is damaged") from exc
    with image:
        check_pixels(path, *image.size)
        return _draw_image(path, image, size)


def _read(stream: BinaryIO) -> BinaryIO:
    """A PNG file as it is decoded quickest, from its beginning."""
    size = os.fstat(stream.fileno()).st_size
    if size > MAX_FILE:
        return stream
    # Exactly as much: asking for the most would allocate the most.
    return io.BytesIO(prepared(stream.read(size)))


def open_image(stream: Any, name: str) -> Image.Image:
    """Read the header of a file of the format ``name``; UnidentifiedImageError for another."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # metadata that is out of order is not our business
        return Image.open(stream, formats=_PLUGINS.get(name, (name.upper(),)))


def _needs_bands(image: Image.Image, name: str) -> bool:
    """Whether it is too large for one piece, or holds floats, which are scene light."""
    if name == "tiff" and image.mode in ("F", "I"):
        return True
    return name in BANDED and image.width * image.height > MAX_WHOLE


def _by_bands(path: str, name: str, size: int) -> Rendered:
    from audobon.formats.render.deep import draw_deep

    return draw_deep(path, name, size)


def _draw_image(path: str, image: Image.Image, size: int) -> Rendered:
    if image.format in ("JPEG", "MPO"):
        # The decoder halves for free; twice the size leaves the filter something to average.
        image.draft(None, (size * 2, size * 2))
    if image.width * image.height > MAX_WHOLE:
        what = f"{image.width} x {image.height} pixels in one piece"
        raise too_large(path, what, f"{MAX_WHOLE // 1_000_000} million of such pixels")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        turned = turn_of(image)
        info = dict(image.info)
        small = shrink(plain(path, image), size)
    small = to_srgb(small, info)
    if turned is not None:
        small = small.transpose(turned)
    return encode(small)


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """How the EXIF field asks to turn the picture; reading EXIF costs, so only where there is."""
    if image.format not in ("JPEG", "MPO", "TIFF") and "exif" not in image.info:
        return None
    if image.format in ("JPEG", "MPO") and "exif" not in image.info:
        return None
    try:
        value = image.getexif().get(0x0112)
    except (SyntaxError, ValueError, KeyError, OSError, TypeError):
        return None  # damaged metadata does not spoil the picture
    return _TURNS.get(value) if isinstance(value, int) else None


_T = Image.Transpose
_TURNS = {
    2: _T.FLIP_LEFT_RIGHT,
    3: _T.ROTATE_180,
    4: _T.FLIP_TOP_BOTTOM,
    5: _T.TRANSPOSE,
    6: _T.ROTATE_270,
    7: _T.TRANSVERSE,
    8: _T.ROTATE_90,
}
"""EXIF orientation (tag 274) -> what shows it upright."""


def plain(path: str, image: Image.Image) -> Image.Image:
    """Decode to L, LA, RGB, RGBA or CMYK of 8 bits."""
    if image.mode in _WIDE_MODES:
        return _from_wide(image)
    image.load()
    if image.mode in ("L", "RGB", "RGBA", "LA", "CMYK"):
        clear = image.info.get("transparency")
        if clear is not None and image.mode in ("L", "RGB"):
            return image.convert("RGBA")
        return image
    if image.mode in ("P", "PA"):
        clear = "transparency" in image.info or image.mode == "PA"
        palette = image.palette
        clear = clear or (palette is not None and palette.mode == "RGBA")
        return image.convert("RGBA" if clear else "RGB")
    if image.mode in ("1", "La"):
        return image.convert({"1": "L"}.get(image.mode, "LA"))
    if image.mode in ("YCbCr", "LAB", "HSV", "RGBX", "RGBa"):
        return _other(image)
    raise unsupported(path, f"its pixels are of the unknown kind {image.mode}")


def _other(image: Image.Image) -> Image.Image:
    if image.mode == "LAB":
        from PIL import ImageCms

        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        out = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        assert out is not None  # None only for a conversion in place
        return out
    return image.convert("RGBA" if image.mode == "RGBa" else "RGB")


def _from_wide(image: Image.Image) -> Image.Image:
    """16-bit grey to 8 bits, rounded. 32-bit integers that fit 16 bits (old PNGs) count as such."""
    values = np.asarray(image)
    if values.dtype == np.uint16:
        return Image.fromarray((values >> 8).astype(np.uint8))
    values = np.nan_to_num(values.astype(np.float32))
    top = float(values.max(initial=0))
    scale = 255 / (65535 if top > 255 else max(top, 1.0))
    return Image.fromarray((values * scale).clip(0, 255).astype(np.uint8))
