"""Which version of an object in a folder is its newest, and what becomes of older ones."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from attrs import frozen

from audobon.storage.objects.foldernames import (
    MARKER_SIZE,
    SCRATCH,
    TRAILER_SIZE,
    Place,
    marker,
    marker_floor,
    read_trailer,
    version_of,
)
from audobon.storage.objects.folderroot import FolderRoot
from audobon.system.files import free_name

__all__ = ["State", "Versions", "scratch_file"]

_FLOOR_EVERY = 32  # a reader who knows nothing of an object looks for so many numbers at most
_KEPT = 64
_KEPT_S = 7 * 86400.0
# Names below the newest stay taken so long and so many: for a writer that is that late, a laptop
# that slept, there must be none.


@frozen
class State:
    """What an object is at one moment."""

    number: int
    """The newest that was given, 0 where there never was one."""
    size: int | None
    """Bytes of the object, None where there is none; below 0 where its file is cut off."""


class Versions:
    """The numbers of objects in one folder. Every method raises OSError and Unavailable."""

    def __init__(self, root: FolderRoot) -> None:
        self._root = root
        self._seen: dict[str, int] = {}

    def state(self, place: Place) -> State:
        """The object now: at some moment of the call it was so."""
        while number := self._newest(place):
            try:
                size = place.at(number).stat().st_size
                if size >= TRAILER_SIZE:
                    return State(number, size - TRAILER_SIZE)
                gone = is_marker(place.at(number))
            except FileNotFoundError:
                continue
            if place.at(number + 1).exists():
                continue
            return State(number, None if gone else -1)
        return State(0, None)

    def _newest(self, place: Place) -> int:
        number = self._seen.get(place.key, 1)
        if number == 1 or not place.at(number).exists():
            number = self._first(place)
            if not number:
                return 0
        while place.at(number + 1).exists():
            number += 1
        if number > 1:
            self._seen[place.key] = number
        return number

    def _first(self, place: Place) -> int:
        """A number from which on all are there up to the newest; 0 where there are none."""
        try:
            size = place.at(1).stat().st_size
            if size >= TRAILER_SIZE:
                return 1
            floor = marker_floor(_start(place.at(1))) or 0
        except FileNotFoundError:
            self._root.check()
            return 0
        if floor and place.at(floor).exists():
            return floor
        return max(self._numbers(place), default=1)

    def _numbers(self, place: Place) -> list[int]:
        found = map(version_of, os.listdir(place.folder))
        name = place.key.rpartition("/")[2]
        return sorted(each[1] for each in found if each and each[0] == name)

    def is_by(self, place: Place, number: int, write: bytes) -> bool:
        """Whether the call that has this id wrote the version. Never raises."""
        with contextlib.suppress(OSError), open(place.at(number), "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TRAILER_SIZE))
            trailer = read_trailer(file.read())
            return trailer is not None and trailer.write == write
        return False

    def spend(self, place: Place, newest: int) -> None:
        """Let the bytes of older versions go. What cannot go now, goes with the next."""
        if newest > 1:
            self._seen[place.key] = newest
        with contextlib.suppress(OSError):
            # Upwards, so that below a marker there are only markers, also when this ends half way:
            # whoever writes next looks downwards to the first of them.
            for number in reversed(self._unspent(place, newest)):
                self._mark(place.at(number), newest if number == 1 else 0)
            if newest % _FLOOR_EVERY == 0:
                self._mark(place.at(1), newest)
                self._forget(place, newest)

    def _unspent(self, place: Place, newest: int) -> list[int]:
        """Versions below the newest that still have their bytes, the latest first."""
        found: list[int] = []
        with contextlib.suppress(FileNotFoundError):
            for number in range(newest - 1, 0, -1):
                if is_marker(place.at(number)):
                    break
                found.append(number)
        return found

    def _forget(self, place: Place, newest: int) -> None:
        # Upwards, so that from any that is there the way to the newest has no gap.
        for number in self._numbers(place):
            path = place.at(number)
            if number == 1:
                continue
            if number > newest - _KEPT or time.time() - path.stat().st_mtime < _KEPT_S:
                break
            path.unlink()

    def _mark(self, path: Path, floor: int) -> None:
        with scratch_file(self._root) as (file, part):
            file.write(marker(floor))
            file.close()
            os.replace(part, path)


@contextlib.contextmanager
def scratch_file(root: FolderRoot) -> Iterator[tuple[IO[bytes], Path]]:
    """A new file in the folder of what is being written, gone at the end if it is still there."""
    part = free_name(root.path / SCRATCH)
    file = root.new_file(part)
    try:
        with file:
            yield file, part
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def is_marker(path: Path) -> bool:
    """Whether a file stands for no bytes."""
    return marker_floor(_start(path)) is not None


def _start(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(MARKER_SIZE + 1)
