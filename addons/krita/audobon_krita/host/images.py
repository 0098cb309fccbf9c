# SPDX-License-Identifier: GPL-3.0-or-later
"""Previews as Qt draws them, within a budget; those that only Krita's own Qt can make, too."""

import zipfile
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .qt import QtCore, QtGui

__all__ = ["Pixmaps", "read_small"]

_KEPT = 400
# Of 256 pixels: 100 MB. More than a large screen shows at once.
_EDGE = 256
_INSIDE = {".kra": "preview.png", ".ora": "Thumbnails/thumbnail.png"}


class Pixmaps:
    """Decoded pictures by key; what was not looked at for longest goes first.

    Files are read on a thread of its own: a large picture takes longer than a
    frame. ``close`` ends it.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._pool: ThreadPoolExecutor | None = None
        self._reading: dict[str, Future[Any]] = {}

    def get(self, key: str) -> Any | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: str, data: bytes) -> bool:
        """Decode and keep a picture; False for bytes that are none."""
        pixmap = QtGui.QPixmap()
        return pixmap.loadFromData(data) and self._keep(key, pixmap)

    def put_file(self, key: str, path: str) -> bool:
        """Have a file read; True once its picture is there. One that is none never is."""
        found = self._reading.get(key)
        if found is None:
            self._pool = self._pool or ThreadPoolExecutor(1, "audobon-pictures")
            self._reading[key] = self._pool.submit(read_small, path)
            return False
        if not found.done() or found.result() is None:
            return False
        del self._reading[key]
        return self._keep(key, QtGui.QPixmap.fromImage(found.result()))

    def close(self) -> None:
        """Read nothing any more."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _keep(self, key: str, pixmap: Any) -> bool:
        self._kept[key] = pixmap
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return True

    def __len__(self) -> int:
        return len(self._kept)


def read_small(path: str) -> Any | None:
    """The picture that a file is or holds, at most 256 pixels large; None when it cannot be had."""
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
    if size.isValid() and max(size.width(), size.height()) > _EDGE:
        keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
        reader.setScaledSize(size.scaled(_EDGE, _EDGE, keep))
    image = reader.read()
    return None if image.isNull() else image
