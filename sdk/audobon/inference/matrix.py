"""Vectors as a matrix that is mapped into memory, and which of them are nearest to one.

Each row is there twice: in 8 bits with a scale of its own, which all rows are
looked through by, and in 16 bits, by which the best are put in order. In a
worker process. A file that is cut off has fewer rows, and what a disk has
damaged is noticed when it would be an answer: nothing here is truth.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audobon.errors import Corrupt
from audobon.system.files import translate_os_error

__all__ = ["CONTENT", "Matrix"]

Array = np.ndarray[Any, Any]

CONTENT = 32
"""Bytes of a content's name: a sha256."""

_MORE = 200  # are looked at in 16 bits beside those that are asked for
_UNIT = 0.04  # how far from 1 the squared length of a vector in 16 bits can be
_CHUNK = 4096  # rows multiplied at once without the quick library


class Matrix:
    """The matrix in the folder ``folder``, of rows of ``length``; made where there is none.

    One process at a time may :meth:`append`; others may be reading meanwhile,
    and read on where the file grows.
    """

    def __init__(self, folder: Path, length: int) -> None:
        self.folder, self.length = folder, length
        self._row = np.dtype(
            [
                ("no", "<i8"),
                ("content", f"V{CONTENT}"),
                ("scale", "<f4"),
                ("half", "<f2", (length,)),
            ]
        )
        self._count = -1
        self._rows: Array = np.empty(0, self._row)
        self._small: Array = np.empty((0, length), np.int8)

    @property
    def last(self) -> int:
        """The number of the newest row, 0 where there is none."""
        self._map()
        return int(self._rows["no"][-1]) if len(self._rows) else 0

    def append(self, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Add ``(number, content, half)`` by rising number."""
        if not rows:
            return
        new = np.zeros(len(rows), self._row)
        wide = np.zeros((len(rows), self.length), np.float32)
        for place, (number, content, half) in enumerate(rows):
            vector = np.frombuffer(half, "<f2")
            if len(vector) == self.length and len(content) == CONTENT:
                wide[place] = vector
            new["no"][place] = number
            new["content"][place] = np.void(content.ljust(CONTENT, b"\0")[:CONTENT])
        top = np.abs(wide).max(1)
        new["scale"] = top / 127
        new["half"] = wide
        small = np.rint(wide / np.maximum(new["scale"], 1e-12)[:, None]).astype(np.int8)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # The small ones first: a row counts once both files have it.
            for path, data in ((self._small_path, small), (self._rows_path, new)):
                with path.open("ab") as stream:
                    stream.truncate(self._whole(path))
                    stream.write(data.tobytes())
        except OSError as error:
            raise translate_os_error(error, self.folder) from error

    def near(
        self, wanted: Sequence[float], count: int, *, among: Sequence[bytes] | None = None
    ) -> list[tuple[bytes, float]]:
        """The ``count`` contents nearest to a vector of length 1, with the product, best first.

        ``among`` are the contents that are looked at; None are all. Corrupt
        where a row among the best is no vector of length 1.
        """
        self._map()
        if len(wanted) != self.length:
            raise Corrupt(f"a vector of {len(wanted)} numbers is asked for among {self.length}")
        query = np.asarray(wanted, np.float32)
        places = self._places(among)
        if places is None:
            rough = _products(self._small, query) * self._rows["scale"]
            most = min(len(rough), count + _MORE)
            places = np.argpartition(-rough, most - 1)[:most] if most else np.empty(0, np.intp)
        halves = self._rows["half"][places].astype(np.float32)
        lengths = np.einsum("ij,ij->i", halves, halves)
        if not (np.abs(lengths - 1) < _UNIT).all():
            raise Corrupt("a vector was damaged on the disk", subject=str(self.folder))
        exact = halves @ query
        order = np.argsort(-exact, kind="stable")[:count]
        contents = self._rows["content"][places[order]]
        return [
            (bytes(content), float(score))
            for content, score in zip(contents, exact[order], strict=True)
        ]

    def _places(self, among: Sequence[bytes] | None) -> Array | None:
        if among is None:
            return None
        if not among or not len(self._rows):
            return np.empty(0, np.intp)
        wanted = np.frombuffer(b"".join(among), f"V{CONTENT}")
        return np.flatnonzero(np.isin(_keys(self._rows["content"]), _keys(wanted)))

    @property
    def _rows_path(self) -> Path:
        return self.folder / "rows"

    @property
    def _small_path(self) -> Path:
        return self.folder / "small"

    def _whole(self, path: Path) -> int:
        """Bytes of a file that belong to whole rows."""
        return self._there() * (self._row.itemsize if path == self._rows_path else self.length)

    def _there(self) -> int:
        try:
            rows = self._rows_path.stat().st_size // self._row.itemsize
            return min(rows, self._small_path.stat().st_size // self.length)
        except OSError:
            return 0

    def _map(self) -> None:
        count = self._there()
        if count == self._count:
            return
        self._count = count
        self._rows = np.empty(0, self._row)
        self._small = np.empty((0, self.length), np.int8)
        if count:
            with contextlib.suppress(OSError, ValueError):
                rows = np.memmap(self._rows_path, self._row, "r", shape=(count,))
                small = np.memmap(self._small_path, np.int8, "r", shape=(count, self.length))
                self._rows, self._small = rows, small

    def clear(self) -> None:
        """Remove the files; whoever has them mapped goes on with what they held."""
        for path in (self._rows_path, self._small_path):
            with contextlib.suppress(OSError):
                os.unlink(path)
        self._count = -1


def _keys(contents: Array) -> Array:
    """The first eight bytes of each name as a number, by which a million are told apart."""
    wide = np.ascontiguousarray(contents).view(np.uint8).reshape(len(contents), CONTENT)
    return np.ascontiguousarray(wide[:, :8]).view("<u8").ravel()


def _products(small: Array, query: Array) -> Array:
    """The product of each row with the query, but for one factor."""
    if not len(small):
        return np.empty(0, np.float32)
    try:
        import numkong
    except ImportError:
        found = np.empty(len(small), np.float32)
        for begin in range(0, len(small), _CHUNK):
            found[begin : begin + _CHUNK] = small[begin : begin + _CHUNK].astype(np.float32) @ query
        return found
    top = float(np.abs(query).max()) or 1.0
    rounded = np.rint(query * (127 / top)).astype(np.int8)
    products = numkong.cdist(rounded[None], np.asarray(small), "dot")
    return np.asarray(products, np.float32).ravel()
