"""Pictures of any size through a network of one size, without a seam.

A picture is cut into tiles that overlap. Where the overlap (``pad``) is at
least as wide as the network looks, the middle of each tile is exactly what
the whole picture would give, and tiles are simply put side by side. Networks
that look at everything get a ``feather``: neighbours are faded into each
other. The memory that is needed is one tile's, whatever the picture's size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import Invalid

__all__ = ["Plan", "tiled"]

Array = np.ndarray[Any, Any]


@frozen(slots=True)
class Plan:
    """How a picture is cut: lengths in pixels of the source.

    ``tile`` is what the network is fed with, ``pad`` its margin on each side
    (mirrored at the picture's edges, or taken from the other side with
    ``wrap``), ``factor`` how much larger the result is, ``feather`` how far
    neighbours are faded, at most ``pad``.
    """

    tile: int
    pad: int
    factor: int = 1
    feather: int = 0
    wrap: bool = False

    def __attrs_post_init__(self) -> None:
        if self.tile <= 2 * self.pad or not 0 <= self.feather <= self.pad or self.factor < 1:
            raise Invalid(f"a picture cannot be cut like this: {self}")

    @property
    def step(self) -> int:
        """What a tile adds to the result."""
        return self.tile - 2 * self.pad


def tiled(
    picture: Array,
    out: Array,
    plan: Plan,
    run: Callable[[Array], Array],
    progress: Callable[[float], object] = lambda _: None,
) -> None:
    """Fill ``out`` (rows x factor, columns x factor, channels) from ``picture``, tile by tile.

    ``run`` makes of a piece of the picture (tile, tile, channels) the same
    piece of the result, in the type of ``out``.
    """
    height, width = picture.shape[:2]
    places = [(y, x) for y in _places(height, plan) for x in _places(width, plan)]
    for number, (y, x) in enumerate(places):
        rows = _indices(y.start - plan.pad, plan.tile, height, wrap=plan.wrap)
        columns = _indices(x.start - plan.pad, plan.tile, width, wrap=plan.wrap)
        piece = run(picture[rows[:, None], columns])
        _put(out, piece, y, x, plan)
        progress((number + 1) / len(places))


@frozen(slots=True)
class _Place:
    """Where a tile begins along one axis, and what of it is written: ``first`` to ``stop``.

    Up to ``start`` it is faded into what is there. ``length`` is the picture's.
    """

    start: int
    first: int
    stop: int
    length: int


def _places(length: int, plan: Plan) -> Iterator[_Place]:
    for start in range(0, length, plan.step):
        first = start - plan.feather if start else start
        yield _Place(start, first, min(start + plan.step, length), length)
    if plan.wrap and plan.feather and length > plan.feather:
        # The end is faded into the beginning, which has to be there first.
        yield _Place(0, -plan.feather, 0, length)


def _indices(start: int, count: int, length: int, *, wrap: bool) -> Array:
    """Positions in the picture, those beyond its edges from the other side or mirrored."""
    wanted = np.arange(start, start + count)
    if wrap or length == 1:
        return wanted % length
    period = 2 * (length - 1)
    return (length - 1) - np.abs(wanted % period - (length - 1))


def _put(out: Array, piece: Array, y: _Place, x: _Place, plan: Plan) -> None:
    factor, pad = plan.factor, plan.pad
    top, left = y.first - y.start + pad, x.first - x.start + pad
    high, wide = y.stop - y.first, x.stop - x.first
    part = piece[top * factor : (top + high) * factor, left * factor : (left + wide) * factor]
    if y.first == y.start and x.first == x.start:
        to = slice(y.first * factor, y.stop * factor), slice(x.first * factor, x.stop * factor)
        out[to] = part
        return
    rows = np.arange(y.first * factor, y.stop * factor) % (y.length * factor)
    columns = np.arange(x.first * factor, x.stop * factor) % (x.length * factor)
    weight = _ramp(y, factor)[:, None, None] * _ramp(x, factor)[None, :, None]
    there = out[rows[:, None], columns].astype(np.float32)
    mixed = np.where(weight < 1, there + (part - there) * weight, part)
    if out.dtype.kind == "u":
        mixed = np.rint(mixed)
    out[rows[:, None], columns] = mixed.astype(out.dtype)


def _ramp(place: _Place, factor: int) -> Array:
    """How much of a new tile counts: rising up to where it begins, all of it from there."""
    faded = (place.start - place.first) * factor
    full = np.ones((place.stop - place.first) * factor, np.float32)
    full[:faded] = (np.arange(faded) + 0.5) / max(faded, 1)
    return full
