"""Numbers of any type as display values, and display values as seen by the eye."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["from_oklab", "luminance", "to_oklab", "to_unit"]

Array = np.ndarray[Any, np.dtype[np.float32]]
_STEPS = {"u8": 255.0, "u16": 65535.0}
# Björn Ottosson, "A perceptual color space for image processing", 2020.
_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929],
     [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]], np.float32,
)  # fmt: skip
_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468],
     [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]], np.float32,
)  # fmt: skip
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. 709


def to_unit(pixels: np.ndarray[Any, Any], kind: str) -> Array:
    """Colour as sRGB display values 0..1 in f32, three channels; alpha is not to be among them.

    Floats are scene light: compressed by x / (1 + x), as previews of them look,
    and encoded.
    """
    if kind in _STEPS:
        values = pixels.astype(np.float32) / _STEPS[kind]
    else:
        light = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=65504.0).clip(0, None)
        values = _encoded(light / (1 + light))
    if values.shape[-1] == 1:
        values = np.repeat(values, 3, -1)
    elif values.shape[-1] == 2:
        values = np.concatenate([values, np.zeros_like(values[..., :1])], -1)
    return values[..., :3]


def luminance(unit: Array) -> Array:
    """How bright display values look, 0..1: weighted as they are stored."""
    return np.asarray(unit @ _LUMA, np.float32)


def to_oklab(unit: Array) -> Array:
    """sRGB display values 0..1 to Oklab, in which distance is difference as seen."""
    light = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(light @ _LMS.T) @ _LAB.T, np.float32)


def from_oklab(lab: Array) -> Array:
    """Inverse of :func:`to_oklab`, clipped to 0..1."""
    lms = (lab @ np.linalg.inv(_LAB).T) ** 3
    return _encoded((lms @ np.linalg.inv(_LMS).T).clip(0, 1)).clip(0, 1)


def _encoded(light: Array) -> Array:
    curve = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(light <= 0.0031308, light * 12.92, curve), np.float32)
