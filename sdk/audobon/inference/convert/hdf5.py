"""Arrays in HDF5 files as h5py and Keras write them, read with nothing but this.

Groups of the first kind (a B-tree of names), object headers of version 1, and
numbers that lie in one piece and are not packed: what Keras writes. All else
is refused. "HDF5 File Format Specification Version 3.0" describes the form.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from audobon.errors import BadFile, LimitExceeded, Unsupported

__all__ = ["read_arrays"]

_MARK = b"\x89HDF\r\n\x1a\n"
_MOST = 100_000
"""Nodes that are visited: a Keras file of a thousand arrays has some 5000."""
_SPACE, _TYPE, _LAYOUT, _FILTERS, _MORE, _GROUP = 1, 3, 8, 11, 16, 17
_NONE = 0xFFFFFFFFFFFFFFFF
_DAMAGE = (struct.error, IndexError, ValueError, KeyError, OverflowError, RecursionError)
Array = np.ndarray[Any, Any]


def read_arrays(data: bytes) -> dict[str, Array]:
    """Every array by its path in the file, as ``block1/vars/0``. BadFile, Unsupported."""
    if data[:8] != _MARK:
        raise BadFile("the HDF5 file is not one: its mark is missing")
    try:
        # Superblock 0, addresses and lengths of 8 bytes: what the library writes by default.
        if (data[8], data[13], data[14]) != (0, 8, 8):
            raise Unsupported(f"HDF5 files of version {data[8]} are not read")
        return dict(_Reader(data).arrays("", _word(data, 64)))
    except _DAMAGE as error:
        raise BadFile(f"the HDF5 file is damaged ({type(error).__name__})") from error


def _word(data: bytes, place: int, form: str = "<Q") -> int:
    return int(struct.unpack_from(form, data, place)[0])


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._visited = data, 0

    def arrays(self, path: str, header: int) -> Iterator[tuple[str, Array]]:
        """The arrays of an object and all below it."""
        self._visit()
        messages = dict(self._messages(header))
        if _GROUP in messages:
            tree, heap = (_word(self._data, messages[_GROUP] + 8 * each) for each in (0, 1))
            names = self._heap(heap)
            for name, place in self._entries(tree, names):
                yield from self.arrays(f"{path}/{name}".lstrip("/"), place)
        elif _LAYOUT in messages:
            yield path, self._array(path, messages)

    def _visit(self) -> None:
        self._visited += 1
        if self._visited > _MOST:  # groups may hold each other in a circle
            raise LimitExceeded(f"the HDF5 file has more than {_MOST:,} nodes")

    def _messages(self, header: int) -> Iterator[tuple[int, int]]:
        """Kind and place of each message of an object header."""
        data = self._data
        if data[header] != 1:
            raise Unsupported(f"HDF5 object headers of version {data[header]} are not read")
        left = _word(data, header + 2, "<H")
        blocks = [(header + 16, _word(data, header + 8, "<I"))]
        for place, size in blocks:
            end = place + size
            while place + 8 <= end and left > 0:
                kind, length = struct.unpack_from("<HH", data, place)
                if kind == _MORE:
                    self._visit()
                    blocks.append((_word(data, place + 8), _word(data, place + 16)))
                yield kind, place + 8
                place, left = place + 8 + length, left - 1

    def _heap(self, place: int) -> int:
        """Where the names of a group lie."""
        if self._data[place : place + 4] != b"HEAP":
            raise BadFile("the HDF5 file is damaged: a group has no names")
        return _word(self._data, place + 24)

    def _entries(self, tree: int, names: int) -> Iterator[tuple[str, int]]:
        """Name and object header of each member of a group."""
        self._visit()
        data = self._data
        if data[tree : tree + 4] == b"SNOD":
            for number in range(_word(data, tree + 6, "<H")):
                name, header = struct.unpack_from("<QQ", data, tree + 8 + 40 * number)
                first = names + name
                yield data[first : data.index(b"\0", first)].decode("utf-8"), header
        elif data[tree : tree + 4] == b"TREE":
            for number in range(_word(data, tree + 6, "<H")):
                yield from self._entries(_word(data, tree + 32 + 16 * number), names)
        else:
            raise BadFile("the HDF5 file is damaged: a group has no members")

    def _array(self, path: str, messages: dict[int, int]) -> Array:
        data, layout = self._data, messages[_LAYOUT]
        if _FILTERS in messages or tuple(data[layout : layout + 2]) != (3, 1):
            raise Unsupported(f"{path} of the HDF5 file is packed or lies in pieces")
        shape, kind = self._shape(messages[_SPACE]), self._kind(path, messages[_TYPE])
        place, size = struct.unpack_from("<QQ", data, layout + 2)
        count = int(np.prod(shape, dtype=object)) if shape else 1
        if count * kind.itemsize != size or place == _NONE or place + size > len(data):
            raise BadFile(f"{path} of the HDF5 file is not as long as it says")
        return np.frombuffer(data, kind, count, place).reshape(shape)

    def _shape(self, place: int) -> tuple[int, ...]:
        version, rank = self._data[place], self._data[place + 1]
        return struct.unpack_from(f"<{rank}Q", self._data, place + (8 if version == 1 else 4))

    def _kind(self, path: str, place: int) -> np.dtype[Any]:
        sort, order = self._data[place] & 15, self._data[place + 1] & 1
        size = _word(self._data, place + 4, "<I")
        if sort not in (0, 1) or order or size not in (2, 4, 8):
            raise Unsupported(f"{path} of the HDF5 file holds other than plain numbers")
        return np.dtype(f"<{'f' if sort else 'i'}{size}")
