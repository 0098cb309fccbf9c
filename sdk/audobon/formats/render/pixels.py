"""The pixels of a file of any size, row by row: as they are stored, and as they are shown.

For comparing pictures. The choice of decoder is that of previews, with one
difference: 16 bits are read as 16 bits.
"""

from __future__ import annotations

import warnings
from typing import Any, Protocol

import numpy as np
from PIL import Image, UnidentifiedImageError

from audobon.formats.render.color import to_srgb
from audobon.formats.render.rendered import MAX_WHOLE, bad, too_large
from audobon.model.asset import Facts

__all__ = ["MAX_COMPARED", "Held", "Pixels", "open_pixels"]

Image.MAX_IMAGE_PIXELS = None  # our own limits are checked before the pixels are


MAX_COMPARED = 500_000_000
"""Pixels of a picture that is compared: 20,000 x 20,000 are 400 million, some minutes of work."""

_SIDEWAYS = (
    *(Image.Transpose.TRANSPOSE, Image.Transpose.TRANSVERSE),
    *(Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270),
)
"""Turns that swap width and height."""


class Pixels(Protocol):
    """A picture that is read from the top down.

    ``width`` and ``height`` are the pixels that are read, ``size`` those of
    the file, which are more where it was halved while decoding. Stored values
    of two pictures of the same ``kind`` can be compared with each other.
    """

    width: int
    height: int
    size: tuple[int, int]
    kind: str
    notes: tuple[str, ...]

    def rows(self, top: int, end: int) -> tuple[Any, Any]:
        """Rows ``top:end`` as stored (rows, width[, channels]), and as shown.

        Shown are u8 (rows, width, 4): sRGB, straight alpha.
        """
        ...

    def close(self) -> None: ...


class Held:
    """A picture in memory, u8 (height, width, 4)."""

    kind = "shown"
    notes: tuple[str, ...] = ()

    def __init__(self, shown: Any, size: tuple[int, int] | None = None) -> None:
        self.height, self.width = shown.shape[:2]
        self.size = size or (self.width, self.height)
        self._shown = shown

    def rows(self, top: int, end: int) -> tuple[Any, Any]:
        part = self._shown[top:end]
        return part, part

    def close(self) -> None:
        """Nothing is open."""


class _Whole:
    """A picture of 8 bits that one decoder reads in one piece."""

    notes: tuple[str, ...] = ()

    def __init__(self, path: str, name: str) -> None:
        from audobon.formats.render.raster import open_image, plain, turn_of

        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                image = open_image(stream, name)
            except UnidentifiedImageError as exc:
                raise bad(path, f"its header is not one of a {name} file") from exc
            with image:
                full = image.size
                _halve(path, image)
                turned = turn_of(image)
                self._info = dict(image.info)
                self._image = plain(path, image)
        if turned is not None:
            self._image = self._image.transpose(turned)
            full = full[::-1] if turned in _SIDEWAYS else full
        self.size = full
        self.width, self.height = self._image.size
        self.kind = self._image.mode

    def rows(self, top: int, end: int) -> tuple[Any, Any]:
        part = self._image.crop((0, top, self.width, end))
        shown = to_srgb(part, self._info).convert("RGBA")
        return np.asarray(part), np.asarray(shown)

    def close(self) -> None:
        self._image.close()


def _halve(path: str, image: Image.Image) -> None:
    """Read a JPEG that is too large at a half, a quarter or an eighth; others are refused."""
    share = 1
    while image.width * image.height > MAX_WHOLE and image.format in ("JPEG", "MPO") and share < 8:
        share *= 2
        image.draft(None, (image.width // 2, image.height // 2))
    if image.width * image.height > MAX_WHOLE:
        what = f"{image.width} x {image.height} pixels in one piece"
        raise too_large(path, what, f"{MAX_WHOLE // 1_000_000} million of such pixels")


def open_pixels(path: str, name: str, facts: Facts, like: Pixels | None = None) -> Pixels:
    """The picture in the file at ``path`` of the format ``name``.

    ``like`` is the picture that it is to be compared with: of scene light it
    lends its exposure, so that both are seen in the same light.
    """
    from audobon.formats.render.raster import BANDED

    wide, tall = facts.width or 0, facts.height or 0
    if wide * tall > MAX_COMPARED:
        most = f"{MAX_COMPARED // 1_000_000} million pixels"
        raise too_large(path, f"{wide} x {tall} pixels", most)
    bits = facts.attributes.get("bit_depth")
    deep = facts.attributes.get("float_pixels") is True or (isinstance(bits, int) and bits > 8)
    if name in ("exr", "hdr", "psb") or (name in BANDED and (deep or wide * tall > MAX_WHOLE)):
        from audobon.formats.render.strips import Strips

        return Strips(path, name, like)
    return _Whole(path, name)
