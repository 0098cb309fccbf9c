"""A note in an ONNX file (``metadata_props``): how networks that read carry their letters."""

from __future__ import annotations

from collections.abc import Iterator

from audobon.errors import BadFile, NotFound

__all__ = ["read_note"]

_NOTES, _KEY, _VALUE = 14, 1, 2
"""Fields of ModelProto and of StringStringEntryProto in ``onnx.proto``."""
_FIXED = {1: 8, 5: 4}


def read_note(data: bytes, name: str) -> bytes:
    """The text of the note called ``name``. NotFound, BadFile."""
    try:
        for field, note in _fields(data):
            if field == _NOTES:
                parts = dict(_fields(note))
                if parts.get(_KEY) == name.encode():
                    return parts.get(_VALUE, b"")
    except IndexError as error:
        raise BadFile("the ONNX file is cut off") from error
    raise NotFound(f"the ONNX file has no note {name!r}", subject=name)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each field of a protocol buffer that has a length."""
    place = 0
    while place < len(data):
        key, place = _number(data, place)
        kind = key & 7
        if kind == 2:
            size, place = _number(data, place)
            if place + size > len(data):
                raise BadFile("the ONNX file is cut off")
            yield key >> 3, data[place : place + size]
            place += size
        elif kind == 0:
            _, place = _number(data, place)
        elif kind in _FIXED:
            place += _FIXED[kind]
        else:
            raise BadFile("the ONNX file is not one")


def _number(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
        if shift > 63:
            raise BadFile("the ONNX file is not one")
