# SPDX-License-Identifier: GPL-3.0-or-later
"""What part of an image an image editor shows."""

from __future__ import annotations

from typing import Any

__all__ = ["shown_part"]

_LEAST = 1e-4


def shown_part(context: Any, image: Any) -> tuple[float, float, float, float] | None:
    """Left, top, width and height in fractions of the image; None where no editor shows it.

    Of the editor that is used, else of the first one in this window.
    """
    for area in _areas(context):
        space = area.spaces.active
        if area.type != "IMAGE_EDITOR" or space.image != image:
            continue
        for region in area.regions:
            if region.type == "WINDOW" and region.width > 1 and region.height > 1:
                return _part(region)
    return None


def _areas(context: Any) -> list[Any]:
    own = getattr(context, "area", None)
    screen = getattr(context, "screen", None)
    others = [] if screen is None else list(screen.areas)
    return ([] if own is None else [own]) + others


def _part(region: Any) -> tuple[float, float, float, float] | None:
    # The view counts in fractions of the image, upwards.
    left, bottom = region.view2d.region_to_view(0, 0)
    right, top = region.view2d.region_to_view(region.width, region.height)
    left, right = max(left, 0.0), min(right, 1.0)
    bottom, top = max(bottom, 0.0), min(top, 1.0)
    if right - left < _LEAST or top - bottom < _LEAST:
        return None
    return left, 1.0 - top, right - left, top - bottom
