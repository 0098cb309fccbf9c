"""Where an object of a .blend file lies: affine matrices from the fields of its struct.

As ``BKE_object_to_mat4`` works them out from place, turn, size and parent;
constraints, animation and physics are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from audobon.formats.blend_fields import Fields

__all__ = [
    "IDENTITY",
    "Matrix",
    "Point",
    "basis",
    "bounds",
    "corners",
    "moved",
    "parent_inverse",
    "times",
]

Point = tuple[float, float, float]
Row = tuple[float, float, float, float]
Matrix = tuple[Row, Row, Row]
"""The first three rows of a matrix of four by four, whose last is 0 0 0 1."""

IDENTITY: Matrix = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))

_QUATERNION, _AXIS = 0, -1  # of rotmode; 1 to 6 are orders of Euler angles
_ORDERS = {1: (0, 1, 2), 2: (0, 2, 1), 3: (1, 0, 2), 4: (1, 2, 0), 5: (2, 0, 1), 6: (2, 1, 0)}


def times(a: Matrix, b: Matrix) -> Matrix:
    """First ``b``, then ``a``."""

    def row(at: int) -> Row:
        x, y, z, shift = a[at]
        first = [x * b[0][n] + y * b[1][n] + z * b[2][n] for n in range(4)]
        return first[0], first[1], first[2], first[3] + shift

    return row(0), row(1), row(2)


def moved(matrix: Matrix, point: Point) -> Point:
    """The point after the matrix."""
    x, y, z = point
    found = [row[0] * x + row[1] * y + row[2] * z + row[3] for row in matrix]
    return found[0], found[1], found[2]


def corners(low: Point, high: Point) -> list[Point]:
    """The eight corners of a box."""
    xs, ys, zs = zip(low, high, strict=True)
    return [(x, y, z) for x in xs for y in ys for z in zs]


def bounds(points: Iterable[Point]) -> tuple[Point, Point] | None:
    """The lowest and the highest of each coordinate; None without a point or with endless ones."""
    columns = list(zip(*points, strict=True))
    if not columns or not all(math.isfinite(value) for column in columns for value in column):
        return None
    (x, y, z) = columns
    return (min(x), min(y), min(z)), (max(x), max(y), max(z))


def basis(fields: Fields, head: bytes) -> Matrix:
    """What an object's own fields say, without its parent."""

    def three(name: bytes, otherwise: float = 0.0) -> Sequence[float]:
        found = fields.decimals(b"Object", name, head)
        return found if len(found) == 3 else (otherwise,) * 3

    place = [a + b for a, b in zip(three(b"loc"), three(b"dloc"), strict=True)]
    size = [a * b for a, b in zip(three(b"size", 1.0), three(b"dscale", 1.0), strict=True)]
    turn = _turn(fields, head)

    def row(at: int) -> Row:
        a, b, c, _ = turn[at]
        return a * size[0], b * size[1], c * size[2], place[at]

    return row(0), row(1), row(2)


def parent_inverse(fields: Fields, head: bytes) -> Matrix:
    """What keeps a child where it was when it got its parent."""
    found = fields.decimals(b"Object", b"parentinv", head)
    if len(found) != 16 or not any(found):
        return IDENTITY
    # Blender stores columns.
    return (
        (found[0], found[4], found[8], found[12]),
        (found[1], found[5], found[9], found[13]),
        (found[2], found[6], found[10], found[14]),
    )


def _turn(fields: Fields, head: bytes) -> Matrix:
    mode = fields.number(b"Object", b"rotmode", head)
    first, second = (_one_turn(fields, head, mode, before) for before in (b"", b"d"))
    return times(second, first)


def _one_turn(fields: Fields, head: bytes, mode: int, before: bytes) -> Matrix:
    if mode == _QUATERNION:
        values = fields.decimals(b"Object", before + b"quat", head)
        return _quaternion(values) if len(values) == 4 else IDENTITY
    if mode == _AXIS:
        axis = fields.decimals(b"Object", before + b"rotAxis", head)
        angle = fields.decimal(b"Object", before + b"rotAngle", head) / 2
        length = math.hypot(*axis)
        if len(axis) != 3 or not length:
            return IDENTITY
        along = [value / length * math.sin(angle) for value in axis]
        return _quaternion((math.cos(angle), *along))
    angles = fields.decimals(b"Object", before + b"rot", head)
    if len(angles) != 3:
        return IDENTITY
    found = IDENTITY
    for axis_number in _ORDERS.get(mode, _ORDERS[1]):
        found = times(_about(axis_number, angles[axis_number]), found)
    return found


def _about(axis: int, angle: float) -> Matrix:
    half = math.sin(angle / 2)
    return _quaternion((math.cos(angle / 2), *(half if n == axis else 0.0 for n in range(3))))


def _quaternion(values: Sequence[float]) -> Matrix:
    length = math.hypot(*values)
    if not length:
        return IDENTITY
    w, x, y, z = (value / length for value in values)
    return (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), 0.0),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x), 0.0),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y), 0.0),
    )
