"""From scene light to a display: primaries, exposure, tone curve, sRGB encoding.

The rule, in order (``docs/previews.md`` tells it to people):

1. The file's chromaticities to those of sRGB by a 3 x 3 matrix; negative light is black.
2. Exposure: the mean of the logarithm of the luminance of the visible pixels
   is the picture's level (Reinhard et al. 2002, equation 1). A level within
   one stop of middle grey (0.18) is left alone; another is moved to the near
   edge of that band. So pictures that were made for a display keep their look
   and the rule is continuous.
3. The curve: values up to 0.8 stay, above them ``1 - exp(-x)`` bends smoothly
   towards 1, so highlights keep differences.
4. The encoding of sRGB (IEC 61966-2-1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "PRIMARIES",
    "depth_span",
    "depth_to_gray",
    "exposure",
    "level",
    "srgb_encoded",
    "to_display",
]

PRIMARIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""x and y of red, green, blue and white of sRGB; OpenEXR's default is the same (Rec. 709)."""

_MIDDLE = 0.18
_STOPS = 1.0
_KNEE = 0.8
_LEAST = 1e-6
"""Light below this is black and does not count for the level."""

_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
"""Cone responses for adaptation between white points (ICC.1:2022 annex E)."""


def to_display(
    color: Any, alpha: Any, primaries: tuple[float, ...], *, factor: float | None = None
) -> Any:
    """Straight scene-linear RGB to sRGB values 0..1 of the same shape.

    ``alpha`` (0..1, or None) only says which pixels count for the exposure.
    ``factor`` is an exposure that was found before (:func:`level`).
    """
    light = _in_srgb(color, primaries)
    if factor is None:
        factor = exposure(light if alpha is None else light[alpha > 0.5])
    return srgb_encoded(_curve(light * np.float32(factor)))


def level(color: Any, alpha: Any, primaries: tuple[float, ...]) -> float:
    """The exposure that :func:`to_display` finds for this picture."""
    light = _in_srgb(color, primaries)
    return exposure(light if alpha is None else light[alpha > 0.5])


def _in_srgb(color: Any, primaries: tuple[float, ...]) -> Any:
    light = color.astype(np.float32)
    matrix = _matrix(primaries)
    if matrix is not None:
        light = light @ matrix.T.astype(np.float32)
    return np.maximum(light, 0)


def exposure(light: Any) -> float:
    """The factor that rule 2 asks for; 1 for a picture without light."""
    luminance = light.reshape(-1, 3) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    luminance = luminance[luminance > _LEAST]
    if not luminance.size:
        return 1.0
    level = float(np.exp(np.log(luminance).mean(dtype=np.float64)))
    held = min(max(level, _MIDDLE / 2**_STOPS), _MIDDLE * 2**_STOPS)
    return held / level


def _curve(light: Any) -> Any:
    room = 1 - _KNEE
    bent = 1 - room * np.exp(-np.maximum(light - _KNEE, 0) / room)
    return np.where(light <= _KNEE, light, bent)


def srgb_encoded(light: Any) -> Any:
    """Linear 0..1 to sRGB 0..1."""
    low = light * 12.92
    high = 1.055 * np.power(np.maximum(light, 0.0031308), 1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, low, high).clip(0, 1)


def depth_to_gray(depth: Any, span: tuple[float, float] | None = None) -> Any:
    """A depth channel as u8: near is light, far dark, nothing (the far clip) black.

    Depth spans decades, so its logarithm is spread over the values that occur,
    or over ``span`` (:func:`depth_span`).
    """
    low, high = span or depth_span(depth)
    there = _there(depth)
    out = np.zeros(depth.shape, np.uint8)
    if there.any():
        share = (np.log(depth[there]) - low) / max(high - low, 1e-6)
        out[there] = (255 - 215 * share.clip(0, 1)).astype(np.uint8)
    return out


def depth_span(depth: Any) -> tuple[float, float]:
    """The logarithms of the nearest and the farthest depth that is there."""
    there = _there(depth)
    if not there.any():
        return 0.0, 0.0
    logarithm = np.log(depth[there])
    return float(logarithm.min()), float(logarithm.max())


def _there(depth: Any) -> Any:
    """Renderers write 1e6 and more where there is nothing; half floats end before."""
    return (depth > 0) & (depth < 60000)


def _matrix(primaries: tuple[float, ...]) -> Any:
    """Linear RGB of ``primaries`` to that of sRGB; None when they are the same or make no sense."""
    if np.allclose(primaries, PRIMARIES, atol=2e-3) or not np.isfinite(primaries).all():
        return None
    try:
        source, white = _to_xyz(primaries)
        target, d65 = _to_xyz(PRIMARIES)
        ratio = (_BRADFORD @ d65) / (_BRADFORD @ white)
        adapt = np.linalg.inv(_BRADFORD) @ np.diag(ratio) @ _BRADFORD
        matrix = np.linalg.inv(target) @ adapt @ source
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    # ACES AP0 has coefficients up to 2.6; far larger ones come from damaged headers.
    return matrix if np.isfinite(matrix).all() and abs(matrix).max() < 20 else None


def _to_xyz(primaries: tuple[float, ...]) -> tuple[Any, Any]:
    """The matrix from RGB to XYZ, and the white (SMPTE RP 177-1993)."""
    points = [
        np.array([x / y, 1.0, (1 - x - y) / y])
        for x, y in zip(primaries[::2], primaries[1::2], strict=True)
    ]
    white = points.pop()
    columns = np.stack(points, axis=1)
    return columns * np.linalg.solve(columns, white), white
