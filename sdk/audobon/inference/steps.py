"""The steps of pipelines that have no weights, on the pixels of a whole picture.

``kind`` is u8, u16, f16 or f32, as the picture's file holds it; ``alpha`` says
whether the last channel is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from audobon.codec.vectors import DECIMALS
from audobon.errors import Invalid
from audobon.inference.pixels.color import luminance, to_unit
from audobon.inference.pixels.fill import filled
from audobon.inference.pixels.normal import height_map, normal_map
from audobon.inference.pixels.palette import palette
from audobon.inference.pixels.resize import resize, square
from audobon.inference.pixels.seamless import even_light, seamless

__all__ = [
    "height_of",
    "masked_of",
    "normals_of",
    "on_grey",
    "padded_of",
    "palette_of",
    "scores_of",
    "seamless_of",
    "square_of",
    "stored",
    "stretched_of",
    "unit_of",
    "vector_of",
]

Array = np.ndarray[Any, Any]
_PALETTE_SIZE = 128  # pixels: 16,384 samples say the colours as well as all do, in 60 ms
_CLEAR = 0.5  # grey behind what is clear: as far from black things as from white ones
_TOPS = {"u8": 255.0, "u16": 65535.0}
_LEAST = 16  # pixels of a side: in fewer there is no room for two paths


def _color(pixels: Array, alpha: bool) -> Array:
    return pixels[..., :-1] if alpha else pixels


def _veil(pixels: Array, kind: str, alpha: bool) -> Array:
    """How much each pixel is seen, 0..1 (rows, columns, 1)."""
    if not alpha:
        return np.ones((*pixels.shape[:2], 1), np.float32)
    seen = pixels[..., -1:].astype(np.float32) / _TOPS.get(kind, 1.0)
    return np.asarray(np.nan_to_num(seen).clip(0, 1))


def unit_of(pixels: Array, kind: str, *, alpha: bool, fill: bool = False) -> tuple[Array, Array]:
    """Colour as display values 0..1 (rows, columns, 3), not weighted by alpha, and alpha.

    With ``fill`` colour where nothing is seen is that of its surroundings.
    """
    color, veil = _color(pixels, alpha), _veil(pixels, kind, alpha)
    if alpha and kind not in _TOPS:  # EXR weights it
        color = np.divide(color, veil, out=np.array(color, np.float32), where=veil > 0)
    unit = to_unit(color, kind)
    if fill and alpha:
        unit = filled(unit, veil[..., 0] > 0)
    return unit, veil


def _small(pixels: Array, kind: str, alpha: bool, size: int) -> tuple[Array, Array]:
    """Colour (weighted by alpha) and alpha of a copy whose longest side is ``size`` at most."""
    scale = min(1.0, size / max(pixels.shape[:2]))
    high, wide = (max(1, round(each * scale)) for each in pixels.shape[:2])
    unit, veil = unit_of(pixels, kind, alpha=alpha)
    seen = resize(unit * veil, high, wide)
    veil = resize(veil, high, wide)
    return (seen / np.maximum(veil, 1e-6)).clip(0, 1), veil


def palette_of(pixels: Array, kind: str, *, alpha: bool, count: int) -> list[dict[str, Any]]:
    """See ``pixels.palette``."""
    unit, veil = _small(pixels, kind, alpha, _PALETTE_SIZE)
    return palette(unit, veil[..., 0], count)


def square_of(pixels: Array, kind: str, *, alpha: bool, size: int) -> Array:
    """The middle of a picture as u8 (1, size, size, 3), on grey where it is clear."""
    side = min(pixels.shape[:2])
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    pixels = pixels[top : top + side, left : left + side]
    unit, veil = unit_of(pixels, kind, alpha=alpha)
    unit = unit * veil + np.float32(_CLEAR) * (1 - veil)
    small = square(np.asarray(unit, np.float32), size).clip(0, 1)
    return np.asarray(np.rint(small * 255).astype(np.uint8)[None])


def stretched_of(pixels: Array, kind: str, *, alpha: bool, size: int) -> Array:
    """A whole picture as u8 (1, size, size, 3), stretched, on grey where it is clear."""
    return on_grey(pixels, kind, alpha=alpha, high=size, wide=size)


def padded_of(pixels: Array, kind: str, *, alpha: bool, size: int, fill: int) -> Array:
    """A whole picture as u8 (1, size, size, 3), in the middle of a square of one grey."""
    scale = size / max(pixels.shape[:2])
    high, wide = (min(size, max(1, round(length * scale))) for length in pixels.shape[:2])
    made = np.full((1, size, size, 3), fill, np.uint8)
    top, left = (size - high) // 2, (size - wide) // 2
    small = on_grey(pixels, kind, alpha=alpha, high=high, wide=wide)
    made[:, top : top + high, left : left + wide] = small
    return made


def on_grey(pixels: Array, kind: str, *, alpha: bool, high: int, wide: int) -> Array:
    """A whole picture as u8 (1, high, wide, 3), on grey where it is clear."""
    unit, veil = unit_of(pixels, kind, alpha=alpha)
    unit = unit * veil + np.float32(_CLEAR) * (1 - veil)
    small = resize(np.asarray(unit, np.float32), high, wide).clip(0, 1)
    return np.asarray(np.rint(small * 255).astype(np.uint8)[None])


def masked_of(pixels: Array, kind: str, mask: Array, *, alpha: bool) -> Array:
    """The picture with ``mask`` (1, 1, rows, columns) enlarged as alpha, times its own.

    Colour of floats is weighted by alpha, as EXR wants it.
    """
    veil = resize(mask[0, 0][..., None].astype(np.float32), *pixels.shape[:2]).clip(0, 1)
    color, scale = _color(pixels, alpha), _TOPS.get(kind)
    if scale is None:
        own = pixels[..., -1:] if alpha else np.ones_like(veil)
        return np.concatenate([color * veil, own * veil], -1).astype(np.float32)
    seen = np.rint(_veil(pixels, kind, alpha) * veil * scale).astype(pixels.dtype)
    return np.concatenate([color, seen], -1)


def height_of(pixels: Array, kind: str, *, alpha: bool, wrap: bool, detail: float) -> Array:
    """Height 0..1 (rows, columns, 1) in f32; what is clear lies as its surroundings do."""
    bright = luminance(unit_of(pixels, kind, alpha=alpha, fill=True)[0])
    return height_map(bright, wrap=wrap, detail=detail)[..., None]


def normals_of(height: Array, *, wrap: bool, strength: float, directx: bool) -> Array:
    """Normals as colours 0..1 (rows, columns, 3) in f32."""
    return normal_map(height[..., 0], wrap=wrap, strength=strength, directx=directx)


def seamless_of(
    pixels: Array, kind: str, *, alpha: bool, even: bool, check: Callable[[], None]
) -> Array:
    """The picture, alpha and all, as a texture that tiles, of the same type.

    No channel goes beyond the values that it had. Floats are joined as their
    logarithms: a lamp would outweigh everything else, and darken its surroundings.
    """
    if min(pixels.shape[:2]) < _LEAST:
        raise Invalid(
            f"a picture of {pixels.shape[1]} x {pixels.shape[0]} pixels is too small to tile; "
            f"both sides need {_LEAST} pixels"
        )
    light = kind not in _TOPS
    values = pixels.astype(np.float32)
    if light:
        values = np.copysign(np.log1p(np.abs(values)), values)
    low, high = values.min((0, 1)), values.max((0, 1))
    if even:
        colors = values.shape[-1] - alpha
        values[..., :colors] = even_light(values[..., :colors])
    made = seamless(values, check).clip(low, high)
    if light:
        made = np.copysign(np.expm1(np.abs(made)), made)
    return stored(made, kind, 1.0)


def stored(values: Array, kind: str, top: float | None = None) -> Array:
    """Values as numbers of ``kind``: 0..1 scaled to it, or with ``top`` 1 as they are."""
    if kind in _TOPS:
        scale = _TOPS[kind] if top is None else top
        whole = np.rint(values * scale).clip(0, _TOPS[kind])
        return whole.astype(np.uint8 if kind == "u8" else np.uint16)
    return values.astype(np.float32)


def scores_of(
    logits: Array, names: Sequence[str], *, threshold: float, count: int
) -> list[dict[str, Any]]:
    """Names with their probabilities (softmax), the best ``count`` above ``threshold``.

    Classes of one name count as one: ImageNet knows two missiles and two cranes.
    """
    raised = np.exp(logits[0] - logits[0].max())
    share = raised / raised.sum()
    if len(names) != len(share):
        raise Invalid(f"there are {len(names)} names for {len(share)} classes")
    chances: dict[str, float] = {}
    for name, chance in zip(names, share.tolist(), strict=True):
        chances[name] = chances.get(name, 0.0) + chance
    best = sorted(chances, key=lambda name: -chances[name])[:count]
    return [
        {"tag": name, "score": round(chances[name], 4)}
        for name in best
        if chances[name] >= threshold
    ]


def vector_of(features: Array) -> list[float]:
    """Features as a vector of length 1: the product of two is how alike their pictures are."""
    flat = features[0].reshape(-1).astype(np.float64)
    found: list[float] = np.round(flat / max(np.linalg.norm(flat), 1e-12), DECIMALS).tolist()
    return found
