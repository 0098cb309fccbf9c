"""The middle square of a picture at the size of a network, decoded no further than that needs.

JPEG and PNG files of 8 bits only, which are nearly all: the rest has its own
way through ``whole``. JPEG files are decoded at a half, a quarter or an
eighth where that leaves twice the size. On photographs the features of
EfficientNet-Lite then keep a cosine of 0.998 to those of the whole picture,
where rounding alone costs 0.001; decoding to just the size would come to 0.990,
and previews of 256 pixels to 0.87.
"""

from __future__ import annotations

import io
import os
import warnings
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from audobon.formats.render.inflated import MAX_FILE, prepared
from audobon.formats.render.raster import open_image, plain, turn_of
from audobon.formats.render.rendered import MAX_WHOLE

__all__ = ["read_square"]

Array = np.ndarray[Any, np.dtype[np.uint8]]

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER = 26  # bytes of a PNG file up to its depth and colour type
_DEPTH = 24  # where the bits of a channel are told (PNG specification, 11.2.2)
_GREY = (128, 128, 128, 255)  # behind what is clear: as far from black things as from white ones
_ROOM = 2  # times the size are left to average: see above
_MODES = ("L", "LA", "RGB", "RGBA")
_T = Image.Transpose
_FROM_RIGHT = (_T.FLIP_LEFT_RIGHT, _T.ROTATE_180, _T.TRANSVERSE, _T.ROTATE_90)
_FROM_BELOW = (_T.FLIP_TOP_BOTTOM, _T.ROTATE_180, _T.TRANSVERSE, _T.ROTATE_270)


def read_square(path: str, size: int) -> Array | None:
    """The middle of the picture as u8 (size, size, 3), sRGB as stored, upright.

    On grey where it is clear. None for every file that is not done here, and
    for one that is damaged: then whoever reads it whole tells why.
    """
    try:
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # metadata that is out of order is not our business
            name = _name(stream)
            if not name:
                return None
            with open_image(_held(stream) if name == "png" else stream, name) as image:
                return _square(path, image, size)
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError):
        return None  # what Pillow raises for damaged files, at the least


def _name(stream: BinaryIO) -> str:
    head = stream.read(_HEADER)
    stream.seek(0)
    if head.startswith(_JPEG):
        return "jpeg"
    return "png" if head.startswith(_PNG) and len(head) == _HEADER and head[_DEPTH] <= 8 else ""


def _held(stream: BinaryIO) -> BinaryIO:
    size = os.fstat(stream.fileno()).st_size
    return stream if size > MAX_FILE else io.BytesIO(prepared(stream.read(size)))


def _square(path: str, image: Image.Image, size: int) -> Array | None:
    wide, high = image.size
    if image.format != "PNG":
        image.draft(None, (size * _ROOM, size * _ROOM))
    if image.width * image.height > MAX_WHOLE or image.mode == "CMYK":
        return None
    turned = turn_of(image)
    left, top, side = _place(wide, high, turned)
    share = -(-wide // image.width)  # a half is one pixel wider where the width is odd
    full = plain(path, image)
    if full.mode not in _MODES:
        return None
    if full.mode in ("LA", "RGBA"):
        full = full.crop((left, top, left + side, top + side)).convert("RGBA")
        full = Image.alpha_composite(Image.new("RGBA", full.size, _GREY), full).convert("RGB")
        left = top = 0
    box = [each / share for each in (left, top, left + side, top + side)]
    # A triangle as wide as the scale, as in ``inference.pixels.resize``.
    small = full.resize((size, size), Image.Resampling.BILINEAR, (box[0], box[1], box[2], box[3]))
    if turned is not None:
        small = small.transpose(turned)
    return np.asarray(small.convert("RGB"))


def _place(wide: int, high: int, turned: Image.Transpose | None) -> tuple[int, int, int]:
    """Left, top and side of the square in the middle, rounded as it is in the upright picture."""
    side = min(wide, high)
    left, top = (wide - side) // 2, (high - side) // 2
    if turned in _FROM_RIGHT:
        left = wide - side - left
    if turned in _FROM_BELOW:
        top = high - side - top
    return left, top, side
