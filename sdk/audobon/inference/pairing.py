"""Which pictures are near each other by their imprints, without comparing all with all.

Two of which no more than :data:`FAR` of 256 signs differ mostly have one of
four parts of 16 signs alike, or alike but for one sign or for those that
were weak anyway. Pictures are looked up by these parts, in tables, mirrored
and turned in all eight ways, and only what is met there is compared in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from audobon.codec.imprints import (
    BANDS,
    BITS,
    CUTS,
    LENGTH,
    PRINT,
    SMALL,
    SMALL_AT,
    WAVES,
    WEAK,
    WEAK_AT,
)

__all__ = ["FAR", "Pairs", "near_pairs", "rows_of"]

Array = np.ndarray[Any, Any]
_Told = tuple[int, float, float, int, int]
Pairs = list[tuple[int, int, int, float, float, int, int]]

FAR = 64
"""Signs of 256 that may differ for two to be handed on; who asks decides by more than that."""

_WORDS = PRINT // 8
_LONG_FAR = 26  # of the 64 longest waves, which differ less than the others
_QUERIES = 20_000  # at once
_MOST = 4_000_000  # pairs looked at at once: 100 MB
_CROWD = 4_000
# Of more than so many with the same part, none is looked up by it: that is no sign of anything.


class _Imprints:
    """Imprints as arrays: ``prints`` (n, views, words) and what else is in them."""

    def __init__(self, data: Array) -> None:
        count = len(data)
        self.prints = np.ascontiguousarray(data[:, :WEAK_AT]).reshape(count, len(CUTS), PRINT)
        packed = data[:, WEAK_AT:SMALL_AT]
        weak = np.stack([packed >> 4, packed & 15], -1)
        self.weak = weak.reshape(count, len(CUTS), BANDS, WEAK)
        self.smalls = data[:, SMALL_AT:].reshape(count, SMALL, SMALL, 3)


def rows_of(imprints: Sequence[bytes]) -> Array:
    """Imprints as the rows of an array, as :func:`near_pairs` takes them."""
    return np.frombuffer(b"".join(imprints), np.uint8).reshape(len(imprints), LENGTH)


def near_pairs(data: Array, first: int, check: Callable[[float], None]) -> Pairs:
    """Pairs of rows of ``data`` (n, LENGTH; u8) of which one at least is ``first`` or later.

    Each once, as (row, smaller row, signs that differ, difference of colours from 0
    to 1, likeness of light and dark up to 1, way of turning, view). A way of turning has
    2 for mirrored left to right, 4 for top to bottom, and then 1 for along the diagonal;
    0 is as it is. ``check`` is called with how far it is, 0 to 1.
    """
    if data.shape[1:] != (LENGTH,):
        raise ValueError(f"imprints are {LENGTH} bytes, not {data.shape[1:]}")
    all_ = _Imprints(data)
    best: dict[tuple[int, int], _Told] = {}
    count, views = len(data), len(CUTS)
    rows = np.arange(first, count)
    whole = all_.prints[:, :1]
    # Whole new ones among all views; then, for older ones are not asked again, cut new ones
    # among whole older ones.
    rounds = [(view, all_.prints) if not view else (view, whole[:first]) for view in range(views)]
    steps = [
        (view, targets, way, part)
        for view, targets in rounds
        if len(targets)
        for way in range(8)
        for part in range(0, len(rows), _QUERIES)
    ]
    tables: dict[int, list[_Table]] = {}
    for number, (view, targets, way, part) in enumerate(steps):
        check(number / len(steps))
        if id(targets) not in tables:
            tables[id(targets)] = _tables(targets)
        chosen = rows[part : part + _QUERIES]
        asked = _turned(all_.prints[chosen, view], way)
        weak = _turned_weak(all_.weak[chosen, view], way)
        for query, found, signs in _met(asked, weak, targets, tables[id(targets)]):
            row, other, seen = chosen[query], found // targets.shape[1], found % targets.shape[1]
            keep = row != other
            _note(best, all_.smalls, row[keep], other[keep], signs[keep], way, seen[keep] + view)
    return [(one, other, *rest) for (one, other), rest in sorted(best.items())]


def _note(
    best: dict[tuple[int, int], _Told],
    smalls: Array,
    rows: Array,
    others: Array,
    signs: Array,
    way: int,
    views: Array,
) -> None:
    color, tone = _compared(smalls[rows], smalls[others], way)
    told = zip(*(one.tolist() for one in (rows, others, signs, color, tone, views)), strict=True)
    for row, other, sign, apart, like, view in told:
        key = (max(row, other), min(row, other))
        known = best.get(key)
        if known is None or (sign, apart) < known[:2]:
            best[key] = (sign, apart, like, way, view)


# --- looking up ------------------------------------------------------------


class _Table:
    """The places of prints by one band of 16 bits."""

    def __init__(self, keys: Array) -> None:
        self.order = np.argsort(keys, kind="stable").astype(np.int64)
        self.ends = np.cumsum(np.bincount(keys, minlength=1 << 16))

    def ranges(self, keys: Array) -> tuple[Array, Array]:
        """Where the places of each key begin in the order, and how many there are."""
        ends = self.ends[keys]
        starts = np.where(keys > 0, self.ends[np.maximum(keys, 1) - 1], 0)
        counts = ends - starts
        return starts, np.where(counts > _CROWD, 0, counts)


def _keys(prints: Array, band: int) -> Array:
    two = prints[:, 2 * band : 2 * band + 2].astype(np.int64)
    return (two[:, 0] << 8) | two[:, 1]


def _tables(targets: Array) -> list[_Table]:
    flat = targets.reshape(-1, PRINT)
    return [_Table(_keys(flat, band)) for band in range(BANDS)]


def _met(
    asked: Array, weak: Array, targets: Array, tables: list[_Table]
) -> Iterator[tuple[Array, Array, Array]]:
    """Questions, places among the targets and signs that differ, for all that are near."""
    words = np.ascontiguousarray(targets).reshape(-1, PRINT).view(np.uint64)
    mine = np.ascontiguousarray(asked).view(np.uint64)
    for band, table in enumerate(tables):
        own = _keys(asked, band)
        # The first bit of two bytes is the highest one.
        places = (1 << (15 - weak[:, band].astype(np.int64))).astype(np.int64)
        masks = [_weak_mask(places, number) for number in range(1 << WEAK)]
        singles = [np.full(len(own), 1 << bit, np.int64) for bit in range(16)]
        for mask in (*masks, *singles):
            yield from _expand(mine, words, table, own ^ mask)


def _weak_mask(places: Array, number: int) -> Array:
    mask = np.zeros(len(places), np.int64)
    for bit in range(WEAK):
        if number >> bit & 1:
            mask |= places[:, bit]
    return mask


def _expand(
    mine: Array, words: Array, table: _Table, keys: Array
) -> Iterator[tuple[Array, Array, Array]]:
    starts, counts = table.ranges(keys)
    sums = np.cumsum(counts)
    begin = 0
    while begin < len(keys):
        done = int(sums[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(sums, done + _MOST, side="right")))
        some = counts[begin:end]
        total = int(some.sum())
        if total:
            query = np.repeat(np.arange(begin, end), some)
            inner = np.arange(total) - np.repeat(np.cumsum(some) - some, some)
            found = table.order[np.repeat(starts[begin:end], some) + inner]
            long = _ones(mine[query, 0] ^ words[found, 0])
            near = long <= _LONG_FAR
            query, found = query[near], found[near]
            signs = _ones(mine[query] ^ words[found]).sum(-1, dtype=np.int64)
            near = signs <= FAR
            if near.any():
                yield query[near], found[near], signs[near]
        begin = end


def _ones(words: Array) -> Array:
    """How many bits of each are set."""
    if hasattr(np, "bitwise_count"):
        return np.asarray(np.bitwise_count(words))
    halves = np.ascontiguousarray(words).view(np.uint16).reshape(*words.shape, 4)
    return np.asarray(_counted()[halves].sum(-1))


@lru_cache(maxsize=1)
def _counted() -> Array:
    """The bits of every 16-bit number: numpy 1 cannot count them."""
    numbers = np.arange(1 << 16, dtype=">u2").view(np.uint8).reshape(-1, 2)
    counts: Array = np.unpackbits(numbers, axis=1).sum(1, dtype=np.uint8)
    return counts


# --- turning -----------------------------------------------------------------

_PLACE = {wave: number for number, wave in enumerate(WAVES)}
_SWAPPED = np.array([_PLACE[across, down] for down, across in WAVES])
# A wave that begins with half a period changes its sign in a mirror.
_MIRROR = [np.packbits(np.array([wave[axis] % 2 == 0 for wave in WAVES], bool)) for axis in (1, 0)]


def _turned(prints: Array, way: int) -> Array:
    """Prints (n, bytes) of the same pictures mirrored."""
    for bit, mask in zip((2, 4), _MIRROR, strict=True):
        if way & bit:
            prints = prints ^ mask
    if way & 1:
        bits = np.unpackbits(prints, axis=1, count=BITS)
        prints = np.packbits(bits[:, _SWAPPED], axis=1)
    return prints


def _turned_weak(weak: Array, way: int) -> Array:
    if not way & 1:
        return weak
    # A band may take its bits from others then; which of these were weak stays true.
    flags = np.zeros((len(weak), BANDS * 16), bool)
    rows = np.arange(len(weak))[:, None]
    for band in range(BANDS):
        flags[rows, weak[:, band] + 16 * band] = True
    swapped = flags[:, _SWAPPED[: BANDS * 16]].reshape(-1, BANDS, 16)
    return np.argsort(~swapped, axis=2, kind="stable")[:, :, :WEAK]


def _compared(one: Array, other: Array, way: int) -> tuple[Array, Array]:
    """How small pictures (n, side, side, 3) differ, the first one turned: their colours, 0 to 1,
    and how alike their light and dark lie (the correlation of their grey values)."""
    if way & 2:
        one = one[:, :, ::-1]
    if way & 4:
        one = one[:, ::-1]
    if way & 1:
        one = one.swapaxes(1, 2)
    left, right = one.astype(np.float32), other.astype(np.float32)
    apart: Array = np.abs(left - right).mean((1, 2, 3)) / 255
    tones = []
    for each in (left, right):
        gray = (each @ _GRAY).reshape(len(each), SMALL * SMALL)
        gray -= gray.mean(1, keepdims=True)
        tones.append(gray / np.maximum(np.linalg.norm(gray, axis=1, keepdims=True), 1e-3))
    return apart, (tones[0] * tones[1]).sum(1)


_GRAY = np.array([0.299, 0.587, 0.114], np.float32)
