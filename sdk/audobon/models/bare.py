"""What a pipeline made as bare numbers, for hosts that cannot decode without standing still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audobon.formats.render.whole import read_whole
from audobon.inference.bare import bare_bands, mask_of

__all__ = ["write_bare"]


def write_bare(
    path: str, form: Mapping[str, Any], to: str, check: Callable[[], None]
) -> dict[str, int]:
    """Write the picture in a file as numbers of four channels, the top row first.

    ``form`` has ``stored``, one of u8, u16, f16, f32; ``swapped``, blue before
    red; ``straight``, light that is not to be weighted by alpha. Integers
    become floats from 0 to 1 and the other way round. ``width`` and ``height``
    enlarge it. ``mask``, a file of so many bytes, limits it: alpha is
    multiplied by that. With ``alone`` only alpha is written, by itself, as a
    mask to be laid over what ``over`` is a picture of: what is clear in that
    already counts as seen, and so does whatever lies outside of ``mask``.
    Gives the size. Invalid for a form that cannot be.
    """
    picture = read_whole(path, check)
    high, wide = picture.pixels.shape[:2]
    width, height = int(form.get("width") or wide), int(form.get("height") or high)
    mask = over = None
    if form.get("mask"):
        data = Path(form["mask"]).read_bytes()
        mask = mask_of(data, int(form["mask_height"]), int(form["mask_width"]))
    if form.get("over"):
        below = read_whole(str(form["over"]), check)
        over = (below.pixels[..., -1:].copy(), below.kind) if below.alpha else None
    bands = bare_bands(
        *(picture.pixels, picture.kind, form, (height, width)),
        alpha=picture.alpha, mask=mask, over=over,
    )  # fmt: skip
    with open(to, "wb") as stream:
        for band in bands:
            check()
            stream.write(band)
    return {"width": width, "height": height}
