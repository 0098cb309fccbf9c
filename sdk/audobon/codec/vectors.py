"""Vectors in JSON as 32-bit floats in base64: half as long as digits, and quick to read.

A vector is told in six decimals, which 32 bits hold exactly for numbers
between -8 and 8; those of pipelines have length 1.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["DECIMALS", "halved", "pack_vector", "unpack_values"]

DECIMALS = 6
_WHOLE = 10.0**DECIMALS
_KEY = "f32"


def pack_vector(values: Sequence[float]) -> dict[str, str]:
    """``{"f32": base64}`` of numbers between -8 and 8 with six decimals."""
    data = struct.pack(f"<{len(values)}f", *values)
    return {_KEY: base64.b64encode(data).decode("ascii")}


def unpack_values(values: Any) -> Any:
    """Inverse of :func:`pack_vector`: a list. Values that are no packed vector stay as they are."""
    if not isinstance(values, Mapping) or set(values) != {_KEY}:
        return values
    data = base64.b64decode(values[_KEY])
    # As round(each, DECIMALS), in half its time: the product is within 0.24 of a whole number.
    return [round(each * _WHOLE) / _WHOLE for each in struct.unpack(f"<{len(data) // 4}f", data)]


def halved(values: Any) -> bytes:
    """A vector, packed or as numbers, as 16-bit floats, little-endian.

    A packed one is not made into decimals on the way, which takes twice as long as all the rest.
    """
    if isinstance(values, Mapping) and set(values) == {_KEY}:
        data = base64.b64decode(values[_KEY])
        values = struct.unpack(f"<{len(data) // 4}f", data)
    return struct.pack(f"<{len(values)}e", *values)
