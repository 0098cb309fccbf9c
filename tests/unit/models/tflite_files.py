"""A TFLite file made for the purpose, byte by byte (flatbuffers, ``schema.fbs`` version 3)."""

from __future__ import annotations

import struct
from typing import Any

__all__ = ["tflite_bytes"]

_LOGISTIC = 14  # BuiltinOperator: an operator without options


class _Table(dict[int, Any]):
    """Fields by their number: (format, value) in place, or a table, a list, a text behind it."""


def tflite_bytes(*shape: int) -> bytes:
    """A network that gives the logistic function of each number of an f32 tensor."""
    code = _Table({0: ("<b", _LOGISTIC), 2: ("<i", 1), 3: ("<i", _LOGISTIC)})
    tensors = [
        _Table({0: ("<i", list(shape)), 1: ("<b", 0), 2: ("<I", 0), 3: name}) for name in ("x", "y")
    ]
    operator = _Table({0: ("<I", 0), 1: ("<i", [0]), 2: ("<i", [1])})
    graph = _Table({0: tensors, 1: ("<i", [0]), 2: ("<i", [1]), 3: [operator], 4: "main"})
    model = _Table({0: ("<I", 3), 1: [code], 2: [graph], 3: "made for a test", 4: [_Table()]})
    out = bytearray(b"\0\0\0\0TFL3")
    struct.pack_into("<I", out, 0, _write(out, model))
    return bytes(out)


def _write(out: bytearray, item: Any) -> int:
    """Append an item and what it refers to; where it begins."""
    _align(out)
    if isinstance(item, _Table):
        return _table(out, item)
    at = len(out)
    if isinstance(item, str):
        out += struct.pack("<I", len(item)) + item.encode() + b"\0"
    elif isinstance(item, tuple):
        out += struct.pack("<I", len(item[1]))
        out += b"".join(struct.pack(item[0], each) for each in item[1])
    else:
        out += struct.pack("<I", len(item)) + bytes(4 * len(item))
        for number, each in enumerate(item):
            _point(out, at + 4 + 4 * number, _write(out, each))
    return at


def _table(out: bytearray, table: _Table) -> int:
    count = max(table, default=-1) + 1  # each field takes four bytes here, whatever its type
    places = {field: 4 + 4 * number for number, field in enumerate(sorted(table))}
    vtable = len(out)
    out += struct.pack("<HH", 4 + 2 * count, 4 + 4 * len(table))
    out += b"".join(struct.pack("<H", places.get(field, 0)) for field in range(count))
    _align(out)
    at = len(out)
    out += struct.pack("<i", at - vtable) + bytes(4 * len(table))
    for field, value in table.items():
        if isinstance(value, tuple) and not isinstance(value[1], list):
            struct.pack_into(value[0], out, at + places[field], value[1])
        else:
            _point(out, at + places[field], _write(out, value))
    return at


def _point(out: bytearray, place: int, target: int) -> None:
    struct.pack_into("<I", out, place, target - place)


def _align(out: bytearray) -> None:
    out += bytes(-len(out) % 4)
