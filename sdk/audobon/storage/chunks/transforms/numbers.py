"""Numbers of the transforms' tables and side streams, as bytes."""

from __future__ import annotations

from array import array

__all__ = ["Numbers", "planes", "put_number", "unplanes"]


def put_number(out: bytearray, value: int) -> None:
    """Append ``value`` (not negative) as a varint: seven bits a byte, lowest first."""
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


class Numbers:
    """Reads varints and bytes from the front. ValueError where they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self) -> int:
        value = shift = 0
        while shift < 64:
            if self._at >= len(self._data):
                raise ValueError("a number is cut short")
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise ValueError("a number is too large")

    def bytes(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        if len(part) != count:
            raise ValueError("bytes are cut short")
        self._at += count
        return part


def planes(values: array[int], width: int) -> bytes:
    """All first bytes, then all second bytes, and so on: what is alike comes together."""
    data = values.tobytes()
    return b"".join(data[at::width] for at in range(width))


def unplanes(data: bytes, code: str) -> array[int]:
    """Inverse of :func:`planes` for values of an array type code."""
    values: array[int] = array(code)
    width = values.itemsize
    if len(data) % width:
        raise ValueError("planes of different lengths")
    count = len(data) // width
    joined = bytearray(len(data))
    for at in range(width):
        joined[at::width] = data[at * count : (at + 1) * count]
    values.frombytes(joined)
    return values
