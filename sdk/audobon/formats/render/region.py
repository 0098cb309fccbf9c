"""A part of a picture."""

from __future__ import annotations

import attrs
import numpy as np

from audobon.errors import Invalid
from audobon.formats.render.whole import Whole
from audobon.formats.source import shown
from audobon.model.region import Region

__all__ = ["LEAST", "cut"]

LEAST = 8
"""Pixels of the shorter side: less says nothing of how it looks."""


def cut(whole: Whole, region: Region, path: str) -> Whole:
    """The pixels of ``region``. Invalid where it lies outside or is too small."""
    high, wide = whole.pixels.shape[:2]
    scale = (1, 1) if region.pixels else (wide, high)
    left, top = round(region.x * scale[0]), round(region.y * scale[1])
    right = min(round((region.x + region.width) * scale[0]), wide)
    bottom = min(round((region.y + region.height) * scale[1]), high)
    size = f"{wide} x {high} pixels"
    if left >= wide or top >= high:
        raise Invalid(
            f"the region begins outside of {shown(path)}, which has {size}",
            subject=path,
            hint="write left,top,width,height within it",
        )
    if min(right - left, bottom - top) < LEAST:
        raise Invalid(
            f"the region has {right - left} x {bottom - top} pixels of {shown(path)} ({size}); "
            f"likeness needs {LEAST} x {LEAST} at least",
            subject=path,
            hint="choose a larger region",
        )
    part = np.ascontiguousarray(whole.pixels[top:bottom, left:right])
    return attrs.evolve(whole, pixels=part)
