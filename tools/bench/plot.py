"""Charts as SVG, written by hand: the benchmark needs no plotting library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from attrs import frozen

__all__ = ["Dot", "Line", "dots", "svg"]

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 40, 46
_STEPS = (1, 2, 5)


@frozen
class Line:
    """A name, a CSS colour, and points of the chart's two axes."""

    name: str
    color: str
    points: Sequence[tuple[float, float]]


def svg(title: str, across: str, up: str, lines: Sequence[Line]) -> str:
    """The chart; both axes begin at 0, so that a flat line looks flat."""
    most = [max(point[axis] for line in lines for point in line.points) for axis in (0, 1)]
    ends = [_round_up(value) for value in most]

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            _LEFT + x / ends[0] * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - y / ends[1] * (_HEIGHT - _TOP - _BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#333">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        _text(_LEFT, 18, title, "start"),
        _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, across, "middle"),
    ]
    for number in range(6):
        x, y = ends[0] * number / 5, ends[1] * number / 5
        left, low = place(0, y)
        right, _ = place(ends[0], y)
        parts.append(f'<path d="M{left:.1f} {low:.1f}H{right:.1f}" stroke="#ddd"/>')
        parts.append(_text(left - 6, low + 4, f"{y:g}", "end"))
        parts.append(_text(place(x, 0)[0], _HEIGHT - _BOTTOM + 16, f"{x:g}", "middle"))
    parts.append(_text(_LEFT, _TOP - 8, up, "start"))
    for number, line in enumerate(lines):
        path = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in line.points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{line.color}" stroke-width="1.5"/>'
        )
        parts.append(_text(_WIDTH - _RIGHT, 18 + 15 * number, line.name, "end", line.color))
    return "\n".join([*parts, "</svg>\n"])


def _text(x: float, y: float, text: str, anchor: str, color: str = "#333") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}"'
    return f"<text {place}>{escape(text)}</text>"


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... times a power of ten."""
    power = 1e-6
    while True:
        for step in _STEPS:
            if step * power >= value:
                return step * power
        power *= 10


@frozen
class Dot:
    """What one that takes part has reached: its values, whose mean is a dot with their range."""

    name: str
    color: str
    values: Sequence[float]


_NAMES, _ROW, _ABOVE = 130, 34, 58


def dots(title: str, rows: Mapping[str, Sequence[Dot]]) -> str:
    """Shares from 0 to 1, a row for each name: means as dots, lines from the least to the most."""
    height = _ABOVE + _ROW * len(rows) + 30

    def place(value: float) -> float:
        return _NAMES + value * (_WIDTH - _NAMES - _RIGHT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="12" fill="#333">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(_NAMES, 18, title, "start"),
    ]
    known: dict[str, str] = {}
    for some in rows.values():
        known |= {dot.name: dot.color for dot in some}
    for number, (name, color) in enumerate(known.items()):
        left = _NAMES + number * (_WIDTH - _NAMES - _RIGHT) / len(known)
        parts.append(f'<circle cx="{left + 4:.1f}" cy="34" r="4" fill="{color}"/>')
        parts.append(_text(left + 12, 38, name, "start", color))
    for number in range(6):
        x = place(number / 5)
        parts.append(f'<path d="M{x:.1f} {_ABOVE - 8}V{height - 26}" stroke="#ddd"/>')
        parts.append(_text(x, height - 10, f"{number / 5:g}", "middle"))
    for number, (name, some) in enumerate(rows.items()):
        middle = _ABOVE + _ROW * (number + 0.5)
        parts.append(_text(_NAMES - 8, middle + 4, name, "end"))
        for turn, dot in enumerate(some):
            y = middle + (turn - (len(some) - 1) / 2) * 6
            low, high = place(min(dot.values)), place(max(dot.values))
            parts.append(f'<path d="M{low:.1f} {y:.1f}H{high:.1f}" stroke="{dot.color}"/>')
            mean = place(sum(dot.values) / len(dot.values))
            parts.append(f'<circle cx="{mean:.1f}" cy="{y:.1f}" r="3.2" fill="{dot.color}"/>')
    return "\n".join([*parts, "</svg>\n"])
