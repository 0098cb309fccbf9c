"""A note in an ONNX file (``metadata_props``): how networks that read carry their letters."""

from __future__ import annotations

from audobon.errors import NotFound
from audobon.inference.convert.protobuf import fields

__all__ = ["read_note"]

_NOTES, _KEY, _VALUE = 14, 1, 2
"""Fields of ModelProto and of StringStringEntryProto in ``onnx.proto``."""


def read_note(data: bytes, name: str) -> bytes:
    """The text of the note called ``name``. NotFound, BadFile."""
    for field in fields(data):
        if field.number == _NOTES:
            parts = {each.number: bytes(each.bytes) for each in fields(field.bytes)}
            if parts.get(_KEY) == name.encode():
                return parts.get(_VALUE, b"")
    raise NotFound(f"the ONNX file has no note {name!r}", subject=name)
