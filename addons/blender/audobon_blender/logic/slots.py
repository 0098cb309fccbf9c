# SPDX-License-Identifier: GPL-3.0-or-later
"""A bounded number of picture files that are used again and again.

Blender loads a preview from a file and keeps a copy of it in the user's cache
of thumbnails, by the file's name and time. With names of their own each
picture would stay there for ever, so that a fixed set of names is used.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.system.locks import FileLock

__all__ = ["Slots"]


class Slots:
    """Files for the pictures that were shown last, at most ``count`` of them.

    They lie in a folder below ``root`` that no other process uses; those of
    one that has ended are used again.
    """

    def __init__(self, root: Path, count: int) -> None:
        self._root = root
        self._folder: Path | None = None
        self._lock: FileLock | None = None
        self._free = list(range(count - 1, -1, -1))
        self._held: OrderedDict[str, int] = OrderedDict()
        self._times: dict[int, int] = {}

    def touch(self, key: str) -> bool:
        """Whether the picture ``key`` has a file; then it is the last to lose it."""
        if key not in self._held:
            return False
        self._held.move_to_end(key)
        return True

    def put(self, key: str, data: bytes) -> tuple[Path, str]:
        """Write a picture; its file, and the key of the picture that lost it, or empty."""
        slot, lost = self.claim(key)
        return self.write(slot, data), lost

    def claim(self, key: str) -> tuple[int, str]:
        """Give a picture a place without touching the disk; also the key that lost it, or empty."""
        lost = ""
        if key in self._held:
            slot = self._held.pop(key)
        elif self._free:
            slot = self._free.pop()
        else:
            lost, slot = self._held.popitem(last=False)
        self._held[key] = slot
        return slot, lost

    def write(self, slot: int, data: bytes) -> Path:
        """Write a picture into its place; its file. On one thread, whichever that is.

        The file's time grows by a second at least each time, because that is
        what tells Blender that it is another picture.
        """
        suffix = ".png" if data.startswith(b"\x89PNG") else ".jpg"
        path = self.folder() / f"{slot:04d}{suffix}"
        path.write_bytes(data)
        moment = max(int(time.time()), self._times.get(slot, 0) + 1)
        self._times[slot] = moment
        os.utime(path, (moment, moment))
        return path

    def folder(self) -> Path:
        """The folder of the files; claimed at the first call. OSError or AudobonError."""
        if self._folder is None:
            from audobon.system.locks import FileLock

            self._root.mkdir(parents=True, exist_ok=True)
            for number in itertools.count():
                lock = FileLock(self._root / f"{number}.lock")
                if lock.try_acquire():
                    break
            self._lock, self._folder = lock, self._root / str(number)
            self._folder.mkdir(exist_ok=True)
        return self._folder

    def forget(self, key: str) -> None:
        """The picture is not shown any more; its file is free."""
        slot = self._held.pop(key, None)
        if slot is not None:
            self._free.append(slot)

    def clear(self) -> None:
        """Remove every file, and let others have the folder."""
        self._free.extend(self._held.values())
        self._held.clear()
        if self._folder is not None and self._lock is not None:
            for path in self._folder.glob("[0-9]*.*"):
                path.unlink(missing_ok=True)
            self._lock.release()
            self._folder = self._lock = None
