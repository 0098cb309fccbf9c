"""Encoded previews as the floats that a graphics card takes."""

from __future__ import annotations

import io

from audobon.formats.render.rendered import bad, check_pixels, missing

__all__ = ["MAX_SIDE", "float_pixels"]

MAX_SIDE = 512
"""A picture that is larger is made smaller first: 512 pixels squared are 4 MiB of floats."""


def float_pixels(data: bytes) -> tuple[int, int, bytes]:
    """Width, height, and what ``Decoded.data`` is. BadFile, LimitExceeded, MissingExtra."""
    try:
        import numpy as np
        from PIL import Image
    except ModuleNotFoundError as error:
        raise missing(error.name or "Pillow") from error
    name = "a preview"
    try:
        with Image.open(io.BytesIO(data)) as image:
            check_pixels(name, *image.size)
            image.thumbnail((MAX_SIDE, MAX_SIDE))
            pixels = np.asarray(image.convert("RGBA"))
    except (OSError, SyntaxError, ValueError) as error:
        raise bad(name, "its pixels cannot be decoded") from error
    floats = np.ascontiguousarray(pixels[::-1]).astype(np.float32) * np.float32(1 / 255)
    return pixels.shape[1], pixels.shape[0], floats.tobytes()
