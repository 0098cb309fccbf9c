"""Pictures as bare numbers of four channels, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from audobon.errors import Invalid
from audobon.inference.pixels.resize import resized_in_bands

__all__ = ["bare_bands", "mask_of"]

Array = np.ndarray[Any, Any]
_ROWS = 64  # made between two looks whether to stop
_TOPS = {"u8": 255.0, "u16": 65535.0}
_TYPES = {"u8": np.uint8, "u16": np.uint16, "f16": np.float16, "f32": np.float32}
_LEAST = 1e-4  # of alpha: what is fainter has no colour of its own any more


def mask_of(data: bytes, high: int, wide: int) -> Array:
    """A byte for each pixel as (rows, columns, 1). Invalid for another number of them."""
    if len(data) != wide * high:
        raise Invalid(f"{len(data):,} bytes are no mask of {wide} x {high}")
    return np.frombuffer(data, np.uint8).reshape(high, wide, 1)


def bare_bands(
    pixels: Array,
    kind: str,
    form: Mapping[str, Any],
    size: tuple[int, int],
    *,
    alpha: bool,
    mask: Array | None,
    over: tuple[Array, str] | None,
) -> Iterator[memoryview]:
    """See ``models.bare``: the numbers of some rows after another, of ``size`` rows and columns.

    ``over`` is the alpha of the picture below and its kind.
    """
    stored = str(form["stored"])
    if stored not in _TYPES:
        raise Invalid(f"{stored} are no numbers of a picture", subject=stored)
    masks = None if mask is None else _scaled(mask, 255.0, size)
    unders = None if over is None else _scaled(over[0], _TOPS.get(over[1], 1.0), size)
    for band in _bands(pixels, kind, size, alpha=alpha):
        limit = None if masks is None else next(masks)
        under = None if unders is None else next(unders)
        made = _alone(band, under, limit) if form.get("alone") else _four(band, form, limit)
        yield np.ascontiguousarray(_as(made, stored)).data


def _bands(pixels: Array, kind: str, size: tuple[int, int], *, alpha: bool) -> Iterator[Array]:
    """Rows as floats (rows, columns, 4): display values 0 to 1, or light not weighted by alpha."""
    top = _TOPS.get(kind)
    for part in _scaled(pixels, top or 1.0, size):
        color = part[..., :-1] if alpha else part
        veil = part[..., -1:] if alpha else np.ones_like(part[..., :1])
        if color.shape[-1] == 1:
            color = np.repeat(color, 3, -1)
        if top is None and alpha:
            color = np.where(veil > _LEAST, color / np.maximum(veil, _LEAST), color)
        yield np.concatenate([color, veil], -1)


def _four(band: Array, form: Mapping[str, Any], mask: Array | None) -> Array:
    if mask is not None:
        band[..., 3:] *= mask
    if not form.get("straight", True):
        band[..., :3] *= band[..., 3:]
    return band[..., [2, 1, 0, 3]] if form.get("swapped") else band


def _alone(band: Array, under: Array | None, mask: Array | None) -> Array:
    seen = band[..., 3:]
    if under is not None:
        seen = np.where(under > 0, seen / np.maximum(under, _LEAST), 1.0)
    return seen if mask is None else 1 - mask + mask * seen


def _as(values: Array, stored: str) -> Array:
    top = _TOPS.get(stored)
    if top is not None:
        values = np.rint(values.clip(0, 1) * np.float32(top))
    return np.asarray(values.astype(_TYPES[stored]))


def _scaled(values: Array, top: float, size: tuple[int, int]) -> Iterator[Array]:
    if values.shape[:2] != size:
        return resized_in_bands(values.astype(np.float32) / np.float32(top), *size, _ROWS)
    return (
        values[first : first + _ROWS].astype(np.float32) / np.float32(top)
        for first in range(0, size[0], _ROWS)
    )
