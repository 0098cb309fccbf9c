"""The result of rendering, and the limits and errors that all families share."""

from __future__ import annotations

from attrs import frozen

from audobon.errors import BadFile, LimitExceeded, MissingExtra, Unsupported
from audobon.formats.source import shown

__all__ = [
    "MAX_PIXELS",
    "MAX_WHOLE",
    "Rendered",
    "bad",
    "check_pixels",
    "missing",
    "too_large",
    "unsupported",
]

MAX_PIXELS = 300_000_000
"""Pixels that a file may claim: a 16k x 16k texture (268 million) passes."""

MAX_WHOLE = 64_000_000
"""Pixels decoded in one piece, 256 MB at four bytes each: an 8k x 8k texture is 67 million and
is read in bands like everything larger."""


@frozen(slots=True)
class Rendered:
    """An encoded picture.

    ``data`` is a JPEG (opaque) or a PNG (with straight alpha, or tiny); sRGB,
    8 bits a channel. ``media_type`` says which. ``width`` and ``height`` are
    in pixels. ``colors`` are those that are seen in it, as ``codec.colors``
    packs them; empty for what we have drawn in colours of our own. ``imprint``
    is what the picture is known by again when it was edited, as
    ``codec.imprints`` has it; empty where there is too little to see, or drawn by us.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    colors: bytes = b""
    imprint: bytes = b""


def bad(path: str, why: str) -> BadFile:
    return BadFile(f"{shown(path)} cannot be shown, it is damaged: {why}", subject=path)


def unsupported(path: str, why: str, *, hint: str = "") -> Unsupported:
    return Unsupported(f"{shown(path)} has no picture: {why}", subject=path, hint=hint)


def too_large(path: str, what: str, allowed: str) -> LimitExceeded:
    return LimitExceeded(
        f"{shown(path)} has {what}; previews are made of {allowed} at most", subject=path
    )


def missing(library: str) -> MissingExtra:
    return MissingExtra(
        f"a preview needs {library}, which is not installed",
        subject="images",
        hint="pip install audobon[images]",
    )


def check_pixels(path: str, width: int, height: int) -> None:
    """Refuse empty pictures and claims above :data:`MAX_PIXELS`, before anything is allocated."""
    if width < 1 or height < 1:
        raise bad(path, "its picture has no pixels")
    if width * height > MAX_PIXELS:
        millions = MAX_PIXELS // 1_000_000
        raise too_large(path, f"{width} x {height} pixels", f"{millions} million pixels")
