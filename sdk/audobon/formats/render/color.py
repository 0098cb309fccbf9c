"""From a picture's own colour space to sRGB."""

from __future__ import annotations

import functools
import io
from typing import Any

from PIL import Image, ImageCms

__all__ = ["to_srgb"]

_MAX_PROFILE = 4 << 20
"""Bytes of a profile that is looked at; the largest CMYK press profiles have 3 MB."""

_SRGB_GAMMA = 1 / 2.2
"""What a PNG's gAMA chunk holds for sRGB (0.45455); further off than 5 percent is converted."""


def to_srgb(image: Image.Image, info: dict[Any, Any]) -> Image.Image:
    """``image`` (L, LA, RGB, RGBA or CMYK) as sRGB, alpha kept; ``info`` is Pillow's of its file.

    An embedded ICC profile is converted (perceptual intent); a profile that is
    broken or of another colour model is passed over, as viewers do. Without
    one a PNG's gamma counts, and everything else is taken as sRGB, which
    costs nothing.
    """
    profile = info.get("icc_profile")
    if isinstance(profile, bytes) and 128 < len(profile) <= _MAX_PROFILE:
        if not _is_srgb(profile):
            return _by_profile(image, profile)
    elif image.mode != "CMYK" and "srgb" not in info:
        gamma = info.get("gamma")
        if isinstance(gamma, float) and 0.05 < gamma < 20 and abs(gamma / _SRGB_GAMMA - 1) > 0.05:
            return _by_gamma(image, gamma)
    return image.convert("RGB") if image.mode == "CMYK" else image


@functools.lru_cache(32)
def _is_srgb(profile: bytes) -> bool:
    """Whether the profile's primaries, curve and white are sRGB's, by three test colours."""
    test = Image.new("RGB", (4, 1))
    colors = [(255, 0, 0), (0, 255, 0), (30, 60, 200), (128, 128, 128)]
    test.putdata(colors)
    try:
        out = _converted(test, profile)
    except (ImageCms.PyCMSError, ValueError, OSError):
        return False
    near = zip(out.tobytes(), test.tobytes(), strict=True)
    return all(abs(a - b) <= 1 for a, b in near)


@functools.lru_cache(32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    """A compiled conversion: 1 to 20 ms to make, so those of a folder are kept."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    out = ImageCms.applyTransform(image, _transform(profile, image.mode))
    assert out is not None  # None only for a conversion in place
    return out


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    plain = image.convert(image.mode[:-1]) if alpha is not None else image
    space = profile[16:20]
    if plain.mode == "L" and space == b"RGB ":
        plain = plain.convert("RGB")
    try:
        out = _converted(plain, profile)
    except (ImageCms.PyCMSError, ValueError, OSError):
        out = plain.convert("RGB")
    if alpha is not None:
        out.putalpha(alpha)
    return out


def _by_gamma(image: Image.Image, gamma: float) -> Image.Image:
    """Values are light to the power of ``gamma``; sRGB's own curve is near 1/2.2."""
    table = [round(255 * (value / 255) ** (_SRGB_GAMMA / gamma)) for value in range(256)]
    same = list(range(256))
    bands = image.getbands()
    return image.point([v for band in bands for v in (same if band == "A" else table)])
