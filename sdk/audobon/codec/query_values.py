"""Values of the query language: fields and their kinds, numbers, units, dates and colours.

One table, :data:`FIELDS`, says what every field takes; the parser, the writer,
the documentation's test and the messages all read it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from attrs import frozen

from audobon.codec.colors import NAMES
from audobon.model.query import And, Compare, Node

__all__ = [
    "BUNDLES",
    "CLOSED",
    "COMPARED",
    "FIELDS",
    "KINDS",
    "STATES",
    "FieldSpec",
    "ValueMistake",
    "colour_value",
    "number_node",
]

KINDS = ("image", "blend", "document", "model", "audio", "video", "vector", "text", "file")
STATES = ("present", "missing", "remote", "removed")

BUNDLES = ("lead", "part")

CLOSED = {"kind": KINDS, "state": STATES, "bundle": BUNDLES}
"""Fields that have no other values: a mistake in one is told, not answered with nothing."""

_SECONDS: Mapping[str, float] = MappingProxyType(
    {
        "s": 1,
        "min": 60,
        "h": 3_600,
        "d": 86_400,
        "w": 7 * 86_400,
        "m": 30 * 86_400,  # an age in months is a rough thing; 30 days is what people expect
        "y": 365 * 86_400,
    }
)
# kb, mb, gb are decimal as file managers of macOS and Linux show them; the
# binary ones have names of their own, so both can be said exactly.
_BYTES: Mapping[str, float] = MappingProxyType(
    {"": 1, "b": 1}
    | {f"{prefix}b": 1000.0**power for power, prefix in enumerate("kmgt", 1)}
    | {f"{prefix}ib": 1024.0**power for power, prefix in enumerate("kmgt", 1)}
)
# A "4k" texture is 4096 pixels wide, never 4000.
_PIXELS: Mapping[str, float] = MappingProxyType({"": 1, "px": 1, "k": 1024})
_COUNT: Mapping[str, float] = MappingProxyType({"": 1})

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([^\W\d_]*)")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[Tt](\d{1,2}):(\d{2})(?::(\d{2}))?)?)?)?")
_OPERATOR = re.compile(r"[<>=!~]+")
_COLOUR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_MAX_DIGITS = 18  # beyond it a number is no longer exact in the index's 64 bits

_COLOUR_NAMES = MappingProxyType({name: name for name in NAMES} | {"grey": "gray"})


@frozen(slots=True)
class FieldSpec:
    """What a field takes. ``kind`` is text, number, age or signal.

    ``units`` map a suffix to base units, ``low`` and ``high`` bound the value
    and ``dates`` allows calendar dates beside ages.
    """

    kind: str
    example: str
    units: Mapping[str, float] = _COUNT
    high: float | None = None
    whole: bool = False
    dates: bool = False


FIELDS: Mapping[str, FieldSpec] = MappingProxyType(
    {
        "tag": FieldSpec("text", 'tag:"old wood"'),
        "kind": FieldSpec("text", "kind:image"),
        "in": FieldSpec("text", "in:Materials/Wood"),
        "name": FieldSpec("text", "name:rust*"),
        "path": FieldSpec("text", "path:textures/old"),
        "ext": FieldSpec("text", "ext:png"),
        "state": FieldSpec("text", "state:missing"),
        "format": FieldSpec("text", "format:jpeg"),
        "note": FieldSpec("text", "note:client"),
        "bundle": FieldSpec("text", "bundle:part"),
        "branch": FieldSpec("text", "branch:night"),
        "uses": FieldSpec("text", "uses:oak.png"),
        "usedby": FieldSpec("text", "usedby:room.blend"),
        "lacks": FieldSpec("text", "lacks:*"),
        "rating": FieldSpec("number", "rating:>=4", high=5, whole=True),
        "width": FieldSpec("number", "width:>=2048", units=_PIXELS),
        "height": FieldSpec("number", "height:1k..4k", units=_PIXELS),
        "size": FieldSpec("number", "size:>10mb", units=_BYTES),
        "used": FieldSpec("number", "used:0", whole=True),
        "added": FieldSpec("age", "added:<7d", units=_SECONDS, dates=True),
        "updated": FieldSpec("age", "updated:<2w", units=_SECONDS, dates=True),
        "unused": FieldSpec("age", "unused:>90d", units=_SECONDS),
        "like": FieldSpec("signal", 'like:"C:\\art\\moss.png"'),
        "color": FieldSpec("signal", "color:#7a4"),
        "meaning": FieldSpec("signal", 'meaning:"mossy stone"'),
    }
)


COMPARED = re.compile(
    rf"({'|'.join(name for name, spec in FIELDS.items() if spec.kind in ('number', 'age'))})"
    r"(?:[<>]=?|=)[^<>=]",
    re.IGNORECASE,
)
"""A comparison as other programs have it, ``width>=2048``: no word that anybody looks for."""


class ValueMistake(Exception):
    """A value that its field does not take; the parser turns it into a QueryError.

    ``offset`` counts characters within the value.
    """

    def __init__(self, message: str, *, offset: int = 0, expected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.expected = expected


def colour_value(text: str) -> str:
    """The form ``#rrggbb`` of a colour given as ``#rgb`` or ``#rrggbb``; a name stays one.

    So does "?", which asks for pictures whose colours are not known.
    """
    name = "?" if text == "?" else _COLOUR_NAMES.get(text.lower())
    if name is not None:
        return name
    match = _COLOUR.fullmatch(text)
    if match is None:
        raise ValueMistake(
            f"{text!r} is not a colour; write #rgb, #rrggbb or a name such as green",
            expected=("#rgb", "#rrggbb", *sorted(_COLOUR_NAMES)),
        )
    digits = match.group(1)
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return "#" + digits.lower()


def number_node(field: str, text: str, position: int) -> Node:
    """The comparison that ``text`` (``>=4``, ``10mb``, ``7d..30d``, a date) asks of ``field``.

    Raises ValueMistake with the offset of the mistake within ``text``.
    """
    spec = FIELDS[field]
    match = _OPERATOR.match(text)
    op = match.group() if match else ""
    if op not in ("", "=", "<", "<=", ">", ">="):
        raise ValueMistake(
            f"{op!r} is not an operator; {field}: takes =, <, <=, > or >=",
            expected=("=", "<", "<=", ">", ">="),
        )
    rest = text[len(op) :]
    if ".." in rest:
        if op:
            raise ValueMistake(
                f"a range takes no operator; write {field}:{rest} or {spec.example}",
                expected=("a..b",),
            )
        return _range_node(field, rest, position)
    return _compare(field, op or "=", rest, len(op), position)


def _range_node(field: str, text: str, position: int) -> Node:
    low, _, high = text.partition("..")
    parts: list[Node] = []
    if low:
        parts.append(_compare(field, ">=", low, 0, position))
    if high:
        parts.append(_compare(field, "<=", high, len(low) + 2, position))
    if not parts:
        raise ValueMistake(f"the range of {field}: has no ends; write {FIELDS[field].example}")
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _compare(field: str, op: str, text: str, offset: int, position: int) -> Node:
    spec = FIELDS[field]
    if spec.dates and (match := _DATE.fullmatch(text)):
        return _date_node(field, op, match, offset, position)
    value = _quantity(field, text, offset)
    if spec.kind == "age" and op == "=":
        raise ValueMistake(
            f"an age needs < or >; write {field}:<{text} (younger) or {field}:>{text} (older)",
            expected=("<", "<=", ">", ">="),
        )
    return Compare(field, op, value, position)


def _quantity(field: str, text: str, offset: int) -> float:
    """The number with its unit in base units."""
    spec = FIELDS[field]
    match = _NUMBER.fullmatch(text)
    if not match or len(match.group(1)) > _MAX_DIGITS:
        what = "an age or a date" if spec.dates else "an age" if spec.kind == "age" else "a number"
        raise ValueMistake(
            f"{field}: takes {what}, not {text!r}; for example {spec.example}",
            offset=offset,
            expected=(spec.example,),
        )
    unit = match.group(2).lower()
    if unit not in spec.units:
        units = tuple(name for name in spec.units if name)
        allowed = f"one of {', '.join(units)}" if units else "a plain number"
        named = f"{unit!r} is not a unit of {field}:" if unit else f"{field}: needs a unit"
        raise ValueMistake(
            f"{named}; write {allowed}", offset=offset + match.start(2), expected=units
        )
    value = float(match.group(1)) * spec.units[unit]
    if (spec.whole and not value.is_integer()) or (spec.high is not None and value > spec.high):
        allowed = f"whole numbers from 0 to {spec.high:.0f}" if spec.high else "whole numbers"
        raise ValueMistake(f"{field}: takes {allowed}, not {text}", offset=offset)
    return value


def _date_node(field: str, op: str, match: re.Match[str], offset: int, position: int) -> Node:
    """A year, month or day is all of it: ``<=2026-01`` reaches to the end of January."""
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in match.groups())
    try:
        start = datetime(year, month or 1, day or 1, hour, minute, second, tzinfo=UTC)
    except ValueError as exc:
        raise ValueMistake(
            f"{match.group()} is not a date; write year-month-day, such as 2026-01-31",
            offset=offset,
            expected=("2026-01-31", "2026-01", "2026"),
        ) from exc
    first = start.timestamp()
    if match.group(4):
        return Compare(field, op, first, position, absolute=True)
    span = _days(year, month, day) * 86_400.0
    if op in (">=", "<"):
        return Compare(field, op, first, position, absolute=True)
    if op in (">", "<="):
        flipped = ">=" if op == ">" else "<"
        return Compare(field, flipped, first + span, position, absolute=True)
    return And(
        (
            Compare(field, ">=", first, position, absolute=True),
            Compare(field, "<", first + span, position, absolute=True),
        )
    )


def _days(year: int, month: int, day: int) -> int:
    if day:
        return 1
    if month:
        return calendar.monthrange(year, month)[1]
    return 366 if calendar.isleap(year) else 365
