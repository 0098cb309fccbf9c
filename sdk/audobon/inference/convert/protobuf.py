"""Protocol buffers, of which ONNX files are made, read and written field by field."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from audobon.errors import BadFile

__all__ = ["Field", "data", "fields", "number", "packed"]

_FIXED = {1: 8, 5: 4}
"""Lengths of the kinds of fields that have one length."""


@frozen(slots=True)
class Field:
    """A field of a message: ``value`` is a number, or the bytes of what has a length.

    ``whole`` is the field as it was written. Bytes are views: nothing is copied.
    """

    number: int
    value: int | memoryview
    whole: memoryview

    @property
    def bytes(self) -> memoryview:
        """The value of a field that has a length; empty for another one."""
        return self.value if isinstance(self.value, memoryview) else memoryview(b"")

    @property
    def text(self) -> str:
        """The value as UTF-8."""
        return str(self.bytes, "utf-8", "replace")


def fields(message: bytes | memoryview) -> Iterator[Field]:
    """Every field of a message. BadFile when it is cut off, or is none."""
    view, place = memoryview(message), 0
    while place < len(view):
        began = place
        key, place = _number(view, place)
        kind = key & 7
        value: int | memoryview = 0
        if kind == 2:
            size, place = _number(view, place)
            value = view[place : place + size]
            place += size
        elif kind == 0:
            value, place = _number(view, place)
        elif kind in _FIXED:
            place += _FIXED[kind]
        else:
            raise BadFile("the ONNX file is not one")
        if place > len(view):
            raise BadFile("the ONNX file is cut off")
        yield Field(key >> 3, value, view[began:place])


def _number(view: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if place >= len(view):
            raise BadFile("the ONNX file is cut off")
        byte = view[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
        if shift > 63:
            raise BadFile("the ONNX file is not one")


def packed(value: int) -> bytes:
    """A number of at least 0 as protocol buffers write it: seven bits a byte, lowest first."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """A field that holds a number."""
    return packed(field << 3) + packed(value)


def data(field: int, *parts: str | bytes | memoryview) -> bytes:
    """A field that holds a text, bytes, or the fields of a message, one after the other."""
    joined = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return packed(field << 3 | 2) + packed(len(joined)) + joined
