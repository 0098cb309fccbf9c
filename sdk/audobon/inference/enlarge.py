"""Pictures through a network that takes and gives pictures: 8 and 16 bits, floats, alpha."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from audobon.errors import Corrupt, LimitExceeded
from audobon.inference.atwork import Running, open_network
from audobon.inference.pixels.fill import filled
from audobon.inference.session import Choice
from audobon.inference.tiles import Plan, tiled
from audobon.model.component import Component

__all__ = ["TILE", "through_network"]

Array = np.ndarray[Any, Any]
TILE = 256
"""Pixels of a tile: one takes about 0.2 s with SPAN x4 on two cores, so that progress and
cancelling are felt at once; 512 would save 8 % of the margins and take 1.1 GB instead of 0.4."""
_MAX_OUT = 4 << 30
"""Bytes of a result: 16384 x 16384 pixels with alpha at 8 bits are 1 GiB."""
_TOP = 65504.0  # the largest half float; what is brighter counts as it
_STEPS = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}


def through_network(
    picture: Array,
    network: Path,
    component: Component,
    *,
    alpha: bool,
    choice: Choice,
    cache: Path | None,
    wrap: bool = False,
    tile: int = TILE,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[float], object] = lambda _: None,
) -> Array:
    """``picture`` (rows, columns, channels) through a network from picture to picture.

    The result has the picture's type and channels. Grey is fed as three equal
    channels. Alpha goes through the network as a grey picture of its own.
    Colour of integers where nothing is seen is filled from its surroundings
    first; that of floats is weighted by alpha already. Floats
    beyond 0..1 are scene light: fed as log(1 + x) scaled to 0..1 and turned
    back; negative ones become 0. ``wrap`` is for textures that tile: then the
    result tiles as well.
    """
    settings = component.settings
    factor, pad = int(_number(settings, "factor", 1)), int(_number(settings, "pad", 16))
    plan = Plan(tile, pad, factor, int(_number(settings, "feather", 0)), wrap)
    height, width, channels = picture.shape
    out_size = height * width * channels * factor * factor * picture.itemsize
    if out_size > _MAX_OUT:
        raise LimitExceeded(
            f"the result would have {width * factor} x {height * factor} pixels, "
            f"{out_size / (1 << 30):.1f} GiB; {_MAX_OUT >> 30} GiB are the most"
        )
    crop = int(_number(settings, "crop", 0))  # what the network takes off each side
    session = open_network(
        network, component.inputs, component.outputs,
        choice=choice, shape=(1, tile, tile, 3), cache=cache,
    )  # fmt: skip
    out = np.empty((height * factor, width * factor, channels), picture.dtype)
    colors = channels - alpha
    shares = _Shares(progress)
    clear = alpha and bool((picture[..., -1] != picture[0, 0, -1]).any())
    shares.parts = 2 if clear else 1
    source = picture[..., :colors]
    if clear and picture.dtype.kind == "u":
        source = filled(source, picture[..., -1] > 0)
    tiled(source, out[..., :colors], plan, _Run(session, source, factor, crop, check), shares.step)
    if clear:
        shares.done = 1
        veil = picture[..., -1:]
        tiled(veil, out[..., -1:], plan, _Run(session, veil, factor, crop, check), shares.step)
    elif alpha:
        out[..., -1] = picture[0, 0, -1]
    return out


def _number(settings: Mapping[str, Any], name: str, default: float) -> float:
    value = settings.get(name, default)
    return float(value) if isinstance(value, int | float) else default


class _Shares:
    """Progress of the colour and of the alpha as one."""

    def __init__(self, progress: Callable[[float], object]) -> None:
        self.parts, self.done, self._progress = 1, 0, progress

    def step(self, fraction: float) -> None:
        self._progress((self.done + fraction) / self.parts)


class _Run:
    """A piece of a picture to the network's numbers, through it, and back."""

    def __init__(
        self, session: Running, picture: Array, factor: int, crop: int, check: Callable[[], None]
    ) -> None:
        self._session, self._check = session, check
        self._factor, self._crop = factor, crop * factor
        self._dtype = picture.dtype
        self._scale = _STEPS.get(picture.dtype, 1.0)
        self._channels = picture.shape[-1]
        top = float(np.nanmax(picture, initial=0.0)) if picture.dtype.kind == "f" else 0.0
        top = min(top, _TOP)
        self._light = float(np.log1p(top)) if top > 1.0 else 0.0

    def __call__(self, piece: Array) -> Array:
        self._check()
        values = piece.astype(np.float32)
        if self._dtype.kind == "f":
            values = np.nan_to_num(values, nan=0.0, posinf=_TOP, neginf=0.0)
        if self._light:
            values = np.log1p(values.clip(0, None)) / self._light
        values = (values / self._scale).clip(0, 1)
        if self._channels == 1:
            values = np.repeat(values, 3, -1)
        given = self._session.run({self._session.inputs[0].name: values[None]}, self._check)
        result: Array = next(iter(given.values()))[0]
        if self._crop:
            result = np.pad(result, ((self._crop,) * 2, (self._crop,) * 2, (0, 0)))
        high, wide = (length * self._factor for length in piece.shape[:2])
        if result.shape[:2] != (high, wide):
            raise Corrupt(
                f"the network gives {result.shape[1]} x {result.shape[0]} pixels of a piece of "
                f"{piece.shape[1]} x {piece.shape[0]}; by its recipe it gives {wide} x {high}",
                hint="'factor' and 'crop' in the recipe's settings say what the network does",
            )
        if self._channels == 1:
            result = result.mean(-1, keepdims=True)
        elif self._channels == 2:  # red and green alone, as flow maps have
            result = result[..., :2]
        if self._light:
            result = np.expm1(result * self._light)
        if self._dtype.kind == "u":
            return np.rint(result * self._scale).astype(self._dtype)
        return result.astype(self._dtype)
