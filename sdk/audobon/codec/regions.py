"""Regions of pictures in text: ``moss.png#0.25,0.25,0.5,0.5`` or ``moss.png#200,80,512,512``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from audobon.errors import Invalid
from audobon.model.region import Region

__all__ = ["EXAMPLE", "parted", "region_of", "region_text"]

EXAMPLE = "#0.25,0.25,0.5,0.5"
_ROOM = 1e-6  # what rounding to six decimals may add up to
# Files may have # in their names, so only what looks like numbers behind the last one is a region.
_MARK = re.compile(r"(.+)#([-\d.,;x\s]*,[-\d.,;x\s]*)", re.DOTALL)


def parted(value: str) -> tuple[str, Region | None]:
    """A file or asset, and the region behind its ``#``. Invalid for a region that is none."""
    match = _MARK.fullmatch(value)
    if match is None:
        return value, None
    return match[1], region_of(_numbers(match[2]))


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise _mistake(f"{text!r} is no region", text) from None


def region_of(numbers: Sequence[float]) -> Region:
    """Four numbers, left, top, width and height. Invalid says what is wrong with them.

    Numbers up to 1 are fractions of the picture, whole numbers are pixels.
    """
    text = ",".join(f"{number:g}" for number in numbers)
    if len(numbers) != 4:
        raise _mistake(f"a region has four numbers, not {len(numbers)}", text)
    x, y, width, height = (float(number) for number in numbers)
    if not all(math.isfinite(number) for number in (x, y, width, height)) or min(x, y) < 0:
        raise _mistake("a region begins within the picture", text)
    if width <= 0 or height <= 0:
        raise _mistake("the width and height of a region are above 0", text)
    if max(x, y, width, height) <= 1:
        if max(x + width, y + height) > 1 + _ROOM:
            raise _mistake("a region in fractions ends at 1", text)
        return Region(x, y, width, height)
    if any(number != int(number) for number in (x, y, width, height)):
        raise _mistake("a region is in fractions from 0 to 1 or in whole pixels", text)
    return Region(x, y, width, height, pixels=True)


def region_text(region: Region) -> str:
    """The region as it stands behind a file: ``#0.25,0.25,0.5,0.5``."""
    numbers = (region.x, region.y, region.width, region.height)
    digits = 0 if region.pixels else 4
    shown = (f"{number:.{digits}f}" for number in numbers)
    return "#" + ",".join(text.rstrip("0").rstrip(".") if digits else text for text in shown)


def _mistake(message: str, text: str) -> Invalid:
    return Invalid(
        message,
        subject=text,
        hint=f"write left,top,width,height as fractions ({EXAMPLE}) or pixels (#200,80,512,512)",
    )
