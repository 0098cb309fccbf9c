"""Objects in a folder: of this machine, on a USB disk, on a NAS, or one that others synchronise."""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from audobon.errors import AudobonError, Conflict, Corrupt, NotFound, ReadOnly, Unavailable
from audobon.storage.objects.base import ABSENT, ANY, Expected, ObjectStat, check_prefix
from audobon.storage.objects.flow import moved
from audobon.storage.objects.foldernames import (
    MARKER_SIZE,
    OPENED,
    SCRATCH,
    TRAILER_SIZE,
    Place,
    Trailer,
    key_name,
    marker,
    marker_floor,
    place_of,
    read_trailer,
    version_of,
)
from audobon.storage.objects.folderroot import FolderRoot
from audobon.storage.objects.folderversions import Versions, scratch_file
from audobon.storage.objects.folderwalk import walk
from audobon.storage.objects.partial import BLOCK, fetch_into
from audobon.system.exclusive import CLAIM, LEASE_S, LINK, RENAME, Exclusive
from audobon.system.files import sweep_leftovers, sync_folder, translate_os_error

__all__ = ["FolderStore"]

_TRIES = 1000  # a writer that others overtake so often has met no writers but a fault


class FolderStore:
    """A place of objects in a folder, also one that several machines use.

    Compare-and-swap needs no lock of the file system: the next number of an object is a name that
    one writer gets (``system.exclusive``). So nothing waits for a machine that died. In a folder
    that a program synchronises, machines that write one object before they have seen each
    other both get it; the program then keeps one as a conflict copy: :meth:`strangers`.

    Raises NotFound where there is no such folder, Invalid where it holds something else; with
    ``create`` an empty or missing folder becomes a place of objects. A folder that was there and is
    gone (a disk unplugged, a share not mounted) is Unavailable and is not made again.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        create: bool = False,
        ways: Sequence[str] = (LINK, RENAME, CLAIM),
        lease_s: float = LEASE_S,
    ) -> None:
        self._root = FolderRoot(Path(folder), create=create)
        scratch = self._root.path / SCRATCH
        self._exclusive = Exclusive(scratch, ways=ways, lease_s=lease_s)
        self._versions = Versions(self._root)
        sweep_leftovers(scratch)

    @property
    def url(self) -> str:
        return str(self._root.path)

    def stat(self, key: str) -> ObjectStat | None:
        with self._told(key):
            found = self._versions.state(place_of(self._root.path, key))
        if found.size is None:
            return None
        if found.size < 0:
            raise self._damaged(key)
        return ObjectStat(key, found.size, str(found.number))

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        with self._opened(key) as (file, found, trailer), self._told(key):
            file.seek(start)
            stop = found.size if end is None else min(end, found.size)
            data = file.read(max(0, stop - start))
            moved(len(data))
            if (start, stop) == (0, found.size) and hashlib.sha256(data).digest() != trailer.digest:
                raise self._damaged(key)
            if len(data) < stop - start:
                raise self._damaged(key)
        return data

    def fetch(self, key: str, to: Path) -> ObjectStat:
        with self._opened(key) as (file, found, trailer):

            def read(start: int) -> Iterator[bytes]:
                with self._told(key):
                    file.seek(start)
                    for at in range(start, found.size, BLOCK):
                        data = file.read(min(BLOCK, found.size - at))
                        moved(len(data))
                        yield data

            tag = f"{self._root.identity}\0{key}\0{found.generation}\0{trailer.write.hex()}"
            try:
                fetch_into(to, tag, read, hashlib.sha256, trailer.digest)
            except Corrupt as error:
                raise self._damaged(key) from error
        return found

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        place = place_of(self._root.path, key)
        write = uuid.uuid4().bytes
        with self._told(key, writing=True), self._written(data, write) as (part, size):
            self._root.make(place.folder)
            number = self._next(place, part, expected, write)
        return ObjectStat(key, size, str(number))

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        check_prefix(prefix)
        with self._told(prefix):
            self._root.check()
        for key, number, size in walk(self._root.path, prefix):
            if size >= TRAILER_SIZE:
                yield ObjectStat(key, size - TRAILER_SIZE, str(number))
                continue
            # Deleted, or written anew since the folder was read.
            try:
                found = self.stat(key)
            except Corrupt:
                found = ObjectStat(key, 0, str(number))  # who reads it is told
            if found:
                yield found

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        place = place_of(self._root.path, key)
        with self._told(key, writing=True), contextlib.ExitStack() as stack:
            if self._versions.state(place).size is None and (expected in (ANY, ABSENT)):
                return False
            file, part = stack.enter_context(scratch_file(self._root))
            file.write(marker(0))
            _finish(file)
            return self._next(place, part, expected, b"") > 0

    def strangers(self) -> Iterator[Path]:
        """Files that no key gives: conflict copies of programs that synchronise folders.

        One beside an object tells that two machines wrote it before they had seen each other, and
        holds what one of them was told to be written.
        """
        with self._told(""):
            self._root.check()
            for where, folders, files in os.walk(self._root.path):
                top = Path(where) == self._root.path
                folders[:] = [name for name in folders if key_name(name)]
                yield from (
                    Path(where, name)
                    for name in sorted(files)
                    if "@" in name and not version_of(name) and not (top and name == OPENED)
                )

    def close(self) -> None:
        """Nothing is held."""

    # Reading

    @contextlib.contextmanager
    def _opened(self, key: str) -> Iterator[tuple[IO[bytes], ObjectStat, Trailer]]:
        with contextlib.ExitStack() as stack:
            file, number = self._open(place_of(self._root.path, key), stack)
            with self._told(key):
                size = file.seek(0, os.SEEK_END) - TRAILER_SIZE
                file.seek(max(0, size))
                trailer = read_trailer(file.read())
            if trailer is None:
                raise self._damaged(key)
            yield file, ObjectStat(key, size, str(number)), trailer

    def _open(self, place: Place, stack: contextlib.ExitStack) -> tuple[IO[bytes], int]:
        with self._told(place.key):
            while (found := self._versions.state(place)).size is not None:
                try:
                    file = open(place.at(found.number), "rb")  # noqa: SIM115 - the stack closes it
                except FileNotFoundError:
                    continue
                stack.callback(file.close)
                if marker_floor(file.read(MARKER_SIZE + 1)) is None:
                    return file, found.number
        raise NotFound(f"there is no object {place.key} in {self.url}", subject=place.key)

    # Writing

    @contextlib.contextmanager
    def _written(self, data: bytes | Path, write: bytes) -> Iterator[tuple[Path, int]]:
        """A file in the scratch folder with everything, durably, and the size of the object."""
        with scratch_file(self._root) as (file, part):
            digest = hashlib.sha256()
            for block in _blocks(data):
                moved(len(block))
                digest.update(block)
                file.write(block)
            size = file.tell()
            file.write(bytes(Trailer(write, digest.digest())))
            _finish(file)
            yield part, size

    def _next(self, place: Place, part: Path, expected: Expected, write: bytes) -> int:
        """Make ``part`` the object's newest; its number, 0 where there is nothing to delete."""
        for _ in range(_TRIES):
            found = self._versions.state(place)
            there = ABSENT if found.size is None else str(found.number)
            if not write and there is ABSENT and (expected is ANY or expected is ABSENT):
                return 0
            if expected is not ANY and expected != there:
                raise Conflict(
                    f"{place.key} in {self.url} is not what was expected", subject=place.key
                )
            number = found.number + 1
            given = self._exclusive.give(part, place.at(number))
            if given or self._versions.is_by(place, number, write):
                sync_folder(place.folder)
                self._versions.spend(place, number)
                return number
        raise Unavailable(f"{place.key} in {self.url} is written without end", subject=place.key)

    # Errors

    @contextlib.contextmanager
    def _told(self, key: str, *, writing: bool = False) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._root.check()
            told = translate_os_error(error, error.filename or self._root.path)
            if isinstance(told, NotFound):
                told = Unavailable(f"{self.url} changes under our hands", subject=key)
            if writing and isinstance(error, PermissionError):
                told = ReadOnly(f"{self.url} may not be written: permission denied", subject=key)
            raise told from error

    def _damaged(self, key: str) -> AudobonError:
        return Corrupt(
            f"the object {key} in {self.url} is damaged or not whole",
            subject=key,
            hint="if a program synchronises this folder, let it finish; else store it again",
        )


def _blocks(data: bytes | Path) -> Iterator[bytes]:
    if not isinstance(data, Path):
        for at in range(0, len(data), BLOCK):
            yield data[at : at + BLOCK]
        return
    try:
        file = open(data, "rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise translate_os_error(error, data) from error
    with file:
        while True:
            try:
                block = file.read(BLOCK)
            except OSError as error:
                raise translate_os_error(error, data) from error
            if not block:
                return
            yield block


def _finish(file: IO[bytes]) -> None:
    """All bytes on the disk, and the file closed, so that it can be renamed on Windows."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
