"""Files that are fetched in several goes: what came stays beside the target until all is there."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Protocol

from audobon.errors import Corrupt, DiskFull
from audobon.system.files import free_name, sync_folder, translate_os_error
from audobon.system.locks import lock_file

__all__ = ["BLOCK", "Digest", "fetch_into"]

BLOCK = 1 << 20
"""Bytes that are moved at once."""


class Digest(Protocol):
    """What ``hashlib`` makes, and the checksums of clients of clouds."""

    def update(self, data: bytes, /) -> object: ...

    def digest(self) -> bytes: ...


def fetch_into(
    to: Path,
    tag: str,
    read: Callable[[int], Iterable[bytes]],
    new_digest: Callable[[], Digest],
    wanted: bytes,
) -> None:
    """Make ``to`` of what ``read`` gives from a byte on, if its digest is ``wanted``.

    ``tag`` names the very bytes (place, key, generation): what an earlier call with the same one
    has left is used. Raises Corrupt, and what ``read`` raises; ``to`` is then what it was.
    """
    name = hashlib.sha256(f"{tag}\0{to.name}".encode()).hexdigest()[:32]
    # Named as leftovers are, so that one that nobody goes on with is swept.
    part = to.parent / f".audobon-{name}.tmp"
    try:
        file = _open(part)
        if not _is_mine(file, part):  # somebody else fetches the same at this moment
            file.close()
            part = free_name(to.parent)
            file = _open(part)
    except OSError as error:
        raise translate_os_error(error, to) from error
    with contextlib.ExitStack() as stack:
        stack.callback(file.close)
        resumed = os.fstat(file.fileno()).st_size > 0
        complete = _complete(file, read, new_digest, wanted, part)
        if not complete and resumed:  # what was there may be what is wrong
            file.truncate(0)
            complete = _complete(file, read, new_digest, wanted, part)
        if not complete:
            file.close()
            part.unlink(missing_ok=True)
            raise Corrupt(f"{to.name} did not arrive as it was stored", subject=str(to))
        _name(file, part, to)


def _open(part: Path) -> IO[bytes]:
    return os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def _is_mine(file: IO[bytes], part: Path) -> bool:
    if not lock_file(file.fileno()):
        return False
    # Whoever had it until now may have given it its name, or dropped it.
    return part.exists() and os.path.samestat(os.fstat(file.fileno()), part.stat())


def _complete(
    file: IO[bytes],
    read: Callable[[int], Iterable[bytes]],
    new_digest: Callable[[], Digest],
    wanted: bytes,
    part: Path,
) -> bool:
    """Go on behind what is there; whether the whole is what was wanted."""
    digest = new_digest()
    file.seek(0)
    while data := file.read(BLOCK):
        digest.update(data)
    for data in read(file.tell()):
        try:
            file.write(data)
        except OSError as error:
            told = translate_os_error(error, part)
            if isinstance(told, DiskFull):  # others need the room
                with contextlib.suppress(OSError):
                    file.truncate(0)
            raise told from error
        digest.update(data)
    return digest.digest() == wanted


def _name(file: IO[bytes], part: Path, to: Path) -> None:
    try:
        file.flush()
        os.fsync(file.fileno())
        if os.name == "nt":  # an open file cannot be renamed there
            file.close()
        os.replace(part, to)
        sync_folder(to.parent)
    except OSError as error:
        raise translate_os_error(error, to) from error
