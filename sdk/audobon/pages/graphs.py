"""Plots of figures that go from one number to another: intervals in rows, and curves."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from audobon.pages.look import safe
from audobon.pages.svg import WIDE, line, svg, text

__all__ = ["GRAPH_STYLE", "TONES", "Axis", "Curve", "Span", "graph", "spans"]

_LEFT, _RIGHT = 210, 70
_ROW = 40
_TALL = 300.0
_FOOT, _HEAD, _SIDE = 46.0, 26.0, 74.0

TONES = 6
"""Curves that can be told apart in one graph."""

GRAPH_STYLE = """
circle.good { fill: var(--good); } circle.cool { fill: var(--cool); }
circle.dull { fill: var(--soft); }
circle.bad { fill: var(--panel); stroke: var(--bad); stroke-width: 3; }
.rival { stroke: var(--mark); stroke-width: 2; } .plot text.name { fill: var(--mark);
  font-size: 12.5px; }
.curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.t0 { --tone: var(--good); } .t1 { --tone: var(--cool); } .t2 { --tone: var(--mark); }
.t3 { --tone: var(--soft); } .t4 { --tone: var(--ink); } .t5 { --tone: var(--bad); }
.curve { stroke: var(--tone); } circle.spot { fill: var(--tone); stroke: var(--panel);
  stroke-width: 2; } .plot text.tone { fill: var(--tone); font-size: 13px; }
.curve.t1 { stroke-dasharray: 8 4; } .curve.t2 { stroke-dasharray: 2 4; }
.curve.t3 { stroke-dasharray: 12 4 2 4; } .curve.t4 { stroke-dasharray: 5 2; }
.curve.t5 { stroke-dasharray: 1 3; }
.keys { flex-wrap: wrap; } .keys i[class^="t"] { background: var(--tone); }
"""
"""How these look, beside ``svg.PLOT_STYLE``. Curves differ by their dashes too, not by colour
alone."""


@frozen(slots=True)
class Span:
    """A value from 0 to 1 with its interval; ``others`` are (letter, name, value) beside it."""

    label: str
    value: float
    low: float
    high: float
    tone: str
    told: str
    others: Sequence[tuple[str, str, float]] = ()


def spans(rows: Sequence[Span], label: str) -> str:
    """Values with their intervals, a row each, on a scale from 0 to 1."""
    if not rows:
        return ""
    tall = _ROW * len(rows) + 34

    def x(value: float) -> float:
        return _LEFT + value * (WIDE - _LEFT - _RIGHT)

    parts = []
    for fifth in range(6):
        at = x(fifth / 5)
        parts.append(line(at, 4, at, tall - 24, "grid"))
        parts.append(text(at, tall - 8, f"{fifth / 5:g}", kind="soft", end="middle"))
    for number, row in enumerate(rows):
        y = 4 + number * _ROW + _ROW / 2 - 4
        parts.append(text(_LEFT - 12, y + 5, row.label, end="end"))
        parts.append(line(x(row.low), y, x(row.high), y, "whisker"))
        for end in (row.low, row.high):
            parts.append(line(x(end), y - 6, x(end), y + 6, "whisker"))
        for letter, name, value in row.others:
            told = f"<title>{safe(name)} {value:.2f}</title>"
            parts.append(f"<g>{told}{line(x(value), y - 4, x(value), y + 9, 'rival')}")
            parts.append(text(x(value), y + 20, letter, kind="name", end="middle") + "</g>")
        parts.append(_dot(x(row.value), y, row.tone, row.told))
        parts.append(text(WIDE - 4, y + 5, f"{row.value:.2f}", kind="soft", end="end"))
    return svg(tall, "".join(parts), label)


def _dot(x: float, y: float, kind: str, told: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6.5" class="{kind}">'
        f"<title>{safe(told)}</title></circle>"
    )


@frozen(slots=True)
class Axis:
    """From the first of its ticks (value, word) to the last."""

    title: str
    ticks: Sequence[tuple[float, str]]

    def share(self, value: float) -> float:
        """Where a value lies between both ends, from 0 to 1."""
        low, high = self.ticks[0][0], self.ticks[-1][0]
        return min(1.0, max(0.0, (value - low) / ((high - low) or 1.0)))


@frozen(slots=True)
class Curve:
    """Points that follow each other; ``mark`` is one of them, with ``told`` said of it."""

    label: str
    short: str
    points: Sequence[tuple[float, float]]
    mark: tuple[float, float] | None
    told: str


def graph(curves: Sequence[Curve], across: Axis, up: Axis, label: str) -> str:
    """At most :data:`TONES` curves over each other, with a key."""
    curves = [each for each in curves if each.points][:TONES]
    if not curves:
        return ""
    wide, room = WIDE - _SIDE - 20, _TALL - _FOOT - _HEAD

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return (
            _SIDE + across.share(point[0]) * wide,
            _HEAD + (1 - up.share(point[1])) * room,
        )

    parts = []
    for value, word in up.ticks:
        y = at((0.0, value))[1]
        parts.append(line(_SIDE, y, _SIDE + wide, y, "grid"))
        parts.append(text(_SIDE - 8, y + 5, word, kind="soft", end="end"))
    for value, word in across.ticks:
        x = at((value, 0.0))[0]
        parts.append(line(x, _HEAD, x, _HEAD + room, "grid"))
        parts.append(text(x, _TALL - 26, word, kind="soft", end="middle"))
    parts.append(text(_SIDE + wide / 2, _TALL - 6, across.title, kind="soft", end="middle"))
    for number, each in enumerate(curves):
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, each.points))
        title = f"<title>{safe(each.label)}</title>"
        parts.append(f'<polyline points="{places}" class="curve t{number}">{title}</polyline>')
        if len(each.points) == 1:
            parts.append(_dot(*at(each.points[0]), f"spot t{number}", each.label))
    named: dict[tuple[int, int], int] = {}
    for number, each in enumerate(curves):
        if each.mark is not None:
            x, y = at(each.mark)
            parts.append(_dot(x, y, f"spot t{number}", each.told))
            place = round(x / 20), round(y / 20)  # names of dots on one spot follow each other
            beside = named.get(place, 0)
            named[place] = beside + 1 + len(each.short)
            parts.append(text(x + 8 + 9 * beside, y - 9, each.short, kind=f"tone t{number}"))
    keys = "".join(
        f'<span><i class="t{number}"></i>{safe(each.label)}</span>'
        for number, each in enumerate(curves)
    )
    return svg(_TALL, "".join(parts), label) + f'<div class="keys">{keys}</div>'
