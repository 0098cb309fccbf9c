# SPDX-License-Identifier: GPL-3.0-or-later
"""Previews as Qt draws them, within a budget; those that only Krita's own Qt can make, too."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .qt import QtCore, QtGui

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["Pixmaps", "read_small"]

_BUDGET = 64_000_000
# Bytes: 1,700 pictures of 96 pixels, or 240 of 256. More than a large screen shows at once.
_TINY = 48
# Pixels; what is smaller is an icon or pixel art, whose edges are to stay sharp when enlarged.
_INSIDE = {".kra": "preview.png", ".ora": "Thumbnails/thumbnail.png"}


class Pixmaps:
    """Pictures by key, each at the size at which it is drawn: to scale while drawing takes longer.

    What was not looked at for longest goes first. Those of another size are
    drawn until there are new ones. Files are read on a thread of its own: a
    large picture takes longer than a frame. ``close`` ends it.
    """

    def __init__(self, edge: int = 96, budget: int = _BUDGET) -> None:
        self._edge = edge
        self._budget = budget
        self._size = 0
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._older: dict[str, Any] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._reading: dict[str, Future[Any]] = {}

    @property
    def edge(self) -> int:
        """The longer side of the pictures in pixels of the screen."""
        return self._edge

    def resize(self, edge: int) -> None:
        """Have pictures of another size from now on."""
        if edge == self._edge:
            return
        if self._kept:
            self._older = dict(self._kept)
        self._edge, self._size = edge, 0
        self._kept.clear()

    def has(self, key: str) -> bool:
        """Whether the picture is there at its size."""
        return key in self._kept

    def get(self, key: str) -> Any | None:
        """The picture, maybe one of another size; None where there is none."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        return self._older.get(key)

    def put(self, key: str, data: bytes) -> bool:
        """Decode and keep a picture; False for bytes that are none."""
        image = QtGui.QImage.fromData(data)
        return not image.isNull() and self._keep(key, image)

    def put_file(self, key: str, path: str) -> bool:
        """Have a file read; True once its picture is there. One that is none never is."""
        found = self._reading.get(key)
        if found is None:
            # Few need it, and importing it would hold up Krita's start.
            from concurrent.futures import ThreadPoolExecutor

            self._pool = self._pool or ThreadPoolExecutor(1, "audobon-pictures")
            self._reading[key] = self._pool.submit(read_small, path)
            return False
        if not found.done() or found.result() is None:
            return False
        del self._reading[key]
        return self._keep(key, found.result())

    def close(self) -> None:
        """Read nothing any more."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _keep(self, key: str, image: Any) -> bool:
        longest = max(image.width(), image.height())
        if longest != self._edge:
            modes = QtCore.Qt.TransformationMode
            sharp = longest <= _TINY and longest < self._edge
            mode = modes.FastTransformation if sharp else modes.SmoothTransformation
            keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
            image = image.scaled(self._edge, self._edge, keep, mode)
        self._kept[key] = QtGui.QPixmap.fromImage(image)
        self._older.pop(key, None)
        self._size += _bytes(image)
        while self._size > self._budget and len(self._kept) > 1:
            self._size -= _bytes(self._kept.popitem(last=False)[1])
        return True

    def __len__(self) -> int:
        return len(self._kept)


def _bytes(picture: Any) -> int:
    return int(picture.width() * picture.height() * 4)


_READ_EDGE = 512
# What a file is read at: as large as the largest picture that is shown.


def read_small(path: str) -> Any | None:
    """The picture that a file is or holds, at most 512 pixels large; None when it cannot be had."""
    import zipfile

    reader = QtGui.QImageReader(path)
    inside = _INSIDE.get(Path(path).suffix.lower())
    if inside is not None:
        try:
            with zipfile.ZipFile(path) as packed:
                data = packed.read(inside)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            return None
        buffer = QtCore.QBuffer()
        buffer.setData(QtCore.QByteArray(data))
        reader = QtGui.QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > _READ_EDGE:
        keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
        reader.setScaledSize(size.scaled(_READ_EDGE, _READ_EDGE, keep))
    image = reader.read()
    return None if image.isNull() else image
