"""Height and normal maps from a picture of a surface, without a network.

What is dark lies deep: a guess that serves brick, bark, gravel and cloth. The
brightness is taken apart into bands of size, so that neither the lighting of
the whole picture nor the noise of its pixels becomes relief, and the bands are
added with larger forms weighing more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from audobon.inference.pixels.blur import blur

__all__ = ["height_map", "normal_map"]

Array = np.ndarray[Any, np.dtype[np.float32]]
_FIRST = 1.0  # pixels: finer than that is noise of the camera and of JPEG
_LARGEST = 1 / 16  # of the shorter side: wider than that is lighting
_GROWTH = 0.5  # a form of twice the size is as high by two to this power


def height_map(bright: Array, *, wrap: bool, detail: float = 1.0) -> Array:
    """Height 0..1 (rows, columns) from brightness 0..1; the middle of it is the mean height.

    ``detail`` weighs the smallest forms against the largest: 0 is smooth, 1
    even, 2 sharp.
    """
    shorter = min(bright.shape)
    before = blur(bright, _FIRST / 2, wrap=wrap) if detail < 2 else bright
    height = np.zeros_like(bright)
    sigma = _FIRST
    bands: list[tuple[float, Array]] = []
    while not bands or sigma <= shorter * _LARGEST:
        after = blur(bright, sigma, wrap=wrap)
        bands.append((sigma, before - after))
        before, sigma = after, sigma * 2
    for number, (size, band) in enumerate(bands):
        finest = 1 - number / max(len(bands) - 1, 1)
        height += band * np.float32(size**_GROWTH * (1 + (detail - 1) * finest))
    reach = float(np.percentile(np.abs(height), 99.5)) or 1.0
    return np.asarray((height / (2 * reach) + 0.5).clip(0, 1), np.float32)


def normal_map(
    height: Array, *, strength: float, wrap: bool, directx: bool = False, depth: float = 0.02
) -> Array:
    """Normals as colours 0..1 (rows, columns, 3) of a height 0..1, by Scharr's derivative.

    Red is to the right, green up (down with ``directx``), blue out of the
    picture. ``depth`` is the height of the whole relief as a part of the
    picture's width at ``strength`` 1, so that a larger copy of a texture gets
    the same normals.
    """
    padded = np.pad(height, 1, "wrap" if wrap else "edge")
    scale = np.float32(strength * depth * max(height.shape))
    # Scharr's weights 3, 10, 3: the same slope for every direction within 1 %.
    across = _slope(padded, 1) * scale
    down = _slope(padded, 0) * scale
    flat = np.ones_like(across)
    normal = np.stack([-across, -down if directx else down, flat], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.asarray(normal * 0.5 + 0.5, np.float32)


def _slope(padded: Array, axis: int) -> Array:
    if axis == 1:
        return _slope(padded.T, 0).T
    ahead = padded[2:] - padded[:-2]
    return np.asarray((3 * ahead[:, :-2] + 10 * ahead[:, 1:-1] + 3 * ahead[:, 2:]) / 32)
