# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels on their way to a file and back, a strip at a time; threads touch the disk."""

from __future__ import annotations

import queue
import shutil
import tempfile
import threading
import weakref
from pathlib import Path

__all__ = ["Feeder", "Folder", "Writer", "lacks_room"]

_WAITING = 4
# Strips in memory: 16 MB, whatever the picture's size.
_SPARE = 256 << 20
# Bytes of the disk that are left for others.


def lacks_room(needed: int, folder: str | None = None) -> str:
    """Why there is no room for so many bytes in a folder, by itself that for temporary files;
    empty when there is."""
    folder = folder or tempfile.gettempdir()
    free = shutil.disk_usage(folder).free - _SPARE
    if needed <= free:
        return ""
    return (
        f"{needed / 1e9:.1f} GB of temporary files are needed in {folder}, and"
        f" {max(0, free) / 1e9:.1f} GB are free. Select a part, or make room there"
    )


class Folder:
    """A temporary folder. It goes on a thread: large files take a moment.

    At the latest when nobody holds it any more, or Python ends.
    """

    def __init__(self, room: str | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="audobon-", dir=room))
        self._remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def close(self) -> None:
        threading.Thread(target=self._remove, name="audobon-tidy", daemon=True).start()


class Writer:
    """Writes what it is given to a file, on a thread. ``error`` says why it could not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.error = ""
        self.done = False
        self._ended = False
        self._queue: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        threading.Thread(target=self._run, name="audobon-spool", daemon=True).start()

    @property
    def full(self) -> bool:
        """Whether it has enough to do for now."""
        return self._queue.full()

    def put(self, data: bytes) -> None:
        """Write this; returns at once as long as it is not ``full``."""
        if not self.error:
            self._queue.put(data)

    def finish(self) -> None:
        """There is no more to come."""
        if not self._ended:
            self._ended = True
            # Of its own, so that a full queue holds nobody up.
            threading.Thread(target=self._queue.put, args=(None,), daemon=True).start()

    def _run(self) -> None:
        try:
            with self.path.open("wb") as stream:
                while (data := self._queue.get()) is not None:
                    stream.write(data)
        except OSError as error:
            self.error = f"the pixels cannot be written to {self.path.parent}: {error.strerror}"
            while self._queue.get() is not None:
                pass
        finally:
            self.done = True


class Feeder:
    """Reads a file in pieces of these sizes, a few ahead, on a thread."""

    def __init__(self, path: Path, sizes: list[int]) -> None:
        self.error = ""
        self._path = path
        self._sizes = sizes
        self._ended = threading.Event()
        self._queue: queue.Queue[bytes] = queue.Queue(_WAITING)
        threading.Thread(target=self._run, name="audobon-feed", daemon=True).start()

    def take(self) -> bytes | None:
        """The next piece, None while it is on its way; returns at once."""
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Nothing more is wanted."""
        self._ended.set()

    def _run(self) -> None:
        try:
            with self._path.open("rb") as stream:
                for size in self._sizes:
                    data = stream.read(size)
                    if len(data) != size:
                        self.error = "the result is shorter than it should be"
                        return
                    while not self._ended.is_set():
                        try:
                            self._queue.put(data, timeout=0.2)
                            break
                        except queue.Full:
                            continue
                    if self._ended.is_set():
                        return
        except OSError as error:
            self.error = f"the result cannot be read: {error.strerror}"
