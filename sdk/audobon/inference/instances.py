"""Arrays as the JSON that TensorFlow Serving's REST paths take and give, row by row.

Pictures of 8 bits go as PNG, which loses nothing and is a fifth of the same numbers as text.
OpenVINO Model Server decodes it with OpenCV, blue first, so channels are written the other way
round.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import Corrupt, Invalid
from audobon.inference.session import Array
from audobon.model.component import Tensor

__all__ = ["answer_size", "arrays_of", "instances_of"]

_NUMBER = 12  # characters of a number in an answer, with what parts it from the next
_PNG = b"\x89PNG\r\n\x1a\n"
_UP = 2  # of PNG's filters: the difference to the row above


def instances_of(feed: Mapping[str, Array], inputs: Sequence[Tensor]) -> list[dict[str, Any]]:
    """One instance for each row of the arrays, which have equally many. Invalid otherwise."""
    counts = {len(feed[tensor.name]) for tensor in inputs}
    if len(counts) != 1:
        raise Invalid(f"the inputs of the network have {sorted(counts)} rows, not equally many")
    return [
        {tensor.name: _value(feed[tensor.name][row], tensor) for tensor in inputs}
        for row in range(counts.pop())
    ]


def arrays_of(predictions: Sequence[Any], outputs: Sequence[Tensor]) -> dict[str, Array]:
    """The arrays that predictions, one for each row, stand for. Corrupt where they do not fit."""
    found = {}
    for tensor in outputs:
        try:
            rows = [_row(each, tensor, alone=len(outputs) == 1) for each in predictions]
            array = np.array(rows, np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise Corrupt(f"an answer has no {tensor}") from error
        fits = len(array.shape) == len(tensor.shape) and all(
            not wanted.isdecimal() or place == 0 or int(wanted) == length
            for place, (wanted, length) in enumerate(zip(tensor.shape, array.shape, strict=True))
        )
        if not fits:
            raise Corrupt(f"an answer has an array of {array.shape}; the network gives {tensor}")
        found[tensor.name] = array
    return found


def answer_size(
    feed: Mapping[str, Array], inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> int:
    """About how many bytes the answer to one row has, as far as a contract tells.

    A length that it does not tell counts as the longest that goes in.
    """
    known: dict[str, int] = {}
    for tensor in inputs:
        known.update(zip(tensor.shape, feed[tensor.name].shape, strict=True))
    longest = max((each for tensor in inputs for each in feed[tensor.name].shape[1:]), default=1)
    total = 0
    for tensor in outputs:
        lengths = [
            int(each) if each.isdecimal() else known.get(each, longest) for each in tensor.shape[1:]
        ]
        total += math.prod(lengths) * _NUMBER
    return total


def _row(prediction: Any, tensor: Tensor, *, alone: bool) -> Any:
    if alone and not isinstance(prediction, Mapping):
        return prediction
    return prediction[tensor.name]


def _value(array: Array, tensor: Tensor) -> Any:
    if tensor.dtype == "u8" and array.ndim == 3 and array.shape[-1] == 3:
        return {"b64": base64.b64encode(_png(array[..., ::-1])).decode()}
    return array.tolist()


def _png(pixels: Array) -> bytes:
    """Pixels of 8 bits (rows, columns, 3) as a PNG."""
    high, wide, _ = pixels.shape
    rows = np.ascontiguousarray(pixels).reshape(high, wide * 3)
    lines = np.empty((high, 1 + wide * 3), np.uint8)
    lines[:, 0] = _UP
    lines[0, 1:] = rows[0]
    lines[1:, 1:] = rows[1:] - rows[:-1]  # modulo 256, as PNG wants it
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b""))
    return _PNG + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
