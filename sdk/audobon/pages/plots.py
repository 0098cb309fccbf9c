"""Plots as SVG inside a page: no script, colours of the page, every mark with its number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import frozen

from audobon.codec.words import duration
from audobon.pages.look import safe
from audobon.pages.svg import WIDE, box, line, svg, text

__all__ = ["Reach", "Stack", "columns", "curve", "reaches", "shares"]

_LEFT, _RIGHT = 210, 70
_ROW = 30
_DAY_S = 86_400

_Say = Callable[[float], str]


@frozen(slots=True)
class Reach:
    """Durations in seconds: half, 90 % and 99 % of all were at most these."""

    label: str
    count: int
    least: float
    p50: float
    p90: float
    p99: float
    most: float


@frozen(slots=True)
class Stack:
    """Counts beside each other in time: one for each slot. ``tone`` is a class of the page."""

    label: str
    tone: str
    values: Sequence[float]


def reaches(rows: Sequence[Reach], label: str) -> str:
    """How long things take, a row each, on an axis where each step is ten times the last."""
    if not rows:
        return ""
    low = math.floor(math.log10(max(1e-5, min(row.least for row in rows))))
    high = math.ceil(math.log10(max(1e-4, *(row.most for row in rows))))
    high = max(high, low + 1)

    def x(seconds: float) -> float:
        share = (math.log10(max(10.0**low, seconds)) - low) / (high - low)
        return _LEFT + min(1.0, share) * (WIDE - _LEFT - _RIGHT)

    tall = _ROW * len(rows) + 34
    parts = []
    for power in range(low, high + 1):
        at = x(10.0**power)
        parts.append(line(at, 4, at, tall - 24, "grid"))
        parts.append(text(at, tall - 8, _step(10.0**power), kind="soft", end="middle"))
    for number, row in enumerate(rows):
        y = 4 + number * _ROW + _ROW / 2
        told = (
            f"{row.label}: {row.count} times, half in {duration(row.p50)}, 90 % in "
            f"{duration(row.p90)}, 99 % in {duration(row.p99)}, longest {duration(row.most)}"
        )
        parts.append(text(_LEFT - 12, y + 5, row.label, end="end"))
        parts.append(line(x(row.least), y, x(row.most), y, "whisker"))
        parts.append(box(x(row.p50), y - 7, max(3.0, x(row.p90) - x(row.p50)), 14, "body", told))
        parts.append(line(x(row.p50), y - 9, x(row.p50), y + 9, "middle"))
        parts.append(line(x(row.p99), y - 6, x(row.p99), y + 6, "whisker"))
        parts.append(text(WIDE - 4, y + 5, f"{row.count:,}", kind="soft", end="end"))
    return svg(tall, "".join(parts), label)


def _step(seconds: float) -> str:
    """A power of ten as people say it."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:,.0f} s"


def _when(starts: Sequence[datetime], place: int) -> str:
    apart = (starts[-1] - starts[0]).total_seconds()
    here = starts[place].astimezone()
    return f"{here:%d %b}" if apart > 2 * _DAY_S else f"{here:%H:%M}"


def _axis(starts: Sequence[datetime], x0: float, wide: float, y: float) -> str:
    step = max(1, math.ceil(len(starts) / 8))
    each = wide / len(starts)
    parts, said = [], ""
    for place in range(0, len(starts), step):
        told = _when(starts, place)
        if told != said:
            parts.append(text(x0 + (place + 0.5) * each, y, told, kind="soft", end="middle"))
        said = told
    return "".join(parts)


def columns(starts: Sequence[datetime], stacks: Sequence[Stack], label: str) -> str:
    """Counts on top of each other, a column for each slot of time."""
    if not starts:
        return ""
    x0, tall, foot = 60.0, 190.0, 26.0
    wide, room = WIDE - x0 - 10, tall - foot - 12
    sums = [sum(stack.values[place] for stack in stacks) for place in range(len(starts))]
    top = _round(max(sums))
    each = wide / len(starts)
    parts = [_scale(x0, room, (0.0, top / 2, top), top, lambda value: f"{value:,.0f}")]
    for place in range(len(starts)):
        y = 12 + room
        for stack in stacks:
            value = stack.values[place]
            if value:
                height = max(1.5, value / top * room)
                y -= height
                told = f"{_when(starts, place)}: {value:,.0f} {stack.label}"
                parts.append(
                    box(x0 + (place + 0.12) * each, y, each * 0.76, height, stack.tone, told)
                )
    parts.append(_axis(starts, x0, wide, tall - 6))
    keys = "".join(
        f'<span><i class="{stack.tone}"></i>{safe(stack.label)}</span>'
        for stack in stacks
        if any(stack.values)
    )
    return svg(tall, "".join(parts), label) + f'<div class="keys">{keys}</div>'


def curve(
    starts: Sequence[datetime],
    values: Sequence[tuple[float, float] | None],
    label: str,
    say: _Say,
) -> str:
    """A band from the first to the second of each pair, over time; None where nothing is known."""
    known = [pair for pair in values if pair is not None]
    if not known:
        return ""
    x0, tall, foot = 84.0, 150.0, 26.0
    wide, room = WIDE - x0 - 10, tall - foot - 12
    top = max(high for _, high in known) * 1.08 or 1.0
    each = wide / len(starts)

    def y(value: float) -> float:
        return 12 + room * (1 - value / top)

    parts = [_scale(x0, room, (0.0, top / 2, top), top, say)]
    last: tuple[float, float] | None = None
    for place, pair in enumerate(values):
        if pair is None:
            last = None
            continue
        low, high = pair
        left, at = x0 + place * each, x0 + (place + 0.5) * each
        told = f"{_when(starts, place)}: {say(low)} to {say(high)}"
        parts.append(
            box(left + each * 0.12, y(high), each * 0.76, max(2.0, y(low) - y(high)), "band", told)
        )
        if last is not None:
            parts.append(line(*last, at, y(low), "trend"))
        last = at, y(low)
    parts.append(_axis(starts, x0, wide, tall - 6))
    return svg(tall, "".join(parts), label)


def _scale(x0: float, room: float, values: Sequence[float], top: float, say: _Say) -> str:
    parts = []
    for value in values:
        y = 12 + room * (1 - value / top)
        parts.append(line(x0, y, WIDE - 10, y, "grid"))
        told = say(value) if value else "0"
        parts.append(text(x0 - 8, y + 5, told, kind="soft", end="end"))
    return "".join(parts)


def _round(value: float) -> float:
    """The next 2, 4, 6 or 10 times a power of ten, so that a scale has whole numbers."""
    if value <= 2:
        return 2.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (2, 4, 6, 10, 20) if step * power >= value)


def shares(
    rows: Sequence[tuple[str, float, str]], label: str, *, whole: float | None = None
) -> str:
    """Bars beside each other: label, length of ``whole`` or the longest, and what is said of it."""
    if not rows:
        return ""
    top = whole or max(value for _, value, _ in rows) or 1.0
    tall, parts = _ROW * len(rows) + 8, []
    for number, (name, value, told) in enumerate(rows):
        y = 4 + number * _ROW
        wide = value / top * (WIDE - _LEFT - 190)
        parts.append(text(_LEFT - 12, y + 20, name, end="end"))
        parts.append(box(_LEFT, y + 6, max(2.0, wide), _ROW - 12, "fill", f"{name}: {told}"))
        parts.append(text(_LEFT + wide + 10, y + 20, told, kind="soft"))
    return svg(tall, "".join(parts), label)
