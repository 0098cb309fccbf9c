"""A log that grows by sealed lines, each of which can be opened on its own.

``docs/format/sealed.md`` has the layout. A line is bound to its log and to where it begins in it:
none can be changed, swapped, dropped from between others or moved unseen. The end can be cut off,
as with any file that grows.
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Iterable, Iterator
from typing import IO, Final

from attrs import frozen

from audobon.errors import Corrupt, NewerFormat, Unavailable
from audobon.storage.vault.door import NONCE, TAG, Frames, derive
from audobon.storage.vault.keys import Keys
from audobon.system.smallfiles import LINES

__all__ = ["Heads", "Log", "append", "begin", "last_line", "lines_of"]

_CLEAR: Final = struct.Struct("<8sB7x16s32s")  # magic, format, key, salt
_FORMAT: Final = 1
_MAC: Final = 32
_BODY: Final = _CLEAR.size + _MAC
_LENGTH, _PLACE = struct.Struct("<I"), struct.Struct("<Q")
_STEP: Final = 256
"""What the length of a line is filled up to: most entries of an audit log look alike then."""
_EXTRA: Final = NONCE + TAG
_AROUND: Final = 2 * _LENGTH.size


@frozen
class Log:
    """A log whose head was read or written."""

    frames: Frames
    bound: bytes

    def seal(self, at: int, line: str) -> bytes:
        """A line as it lies at an offset: its length, itself sealed, its length."""
        data = line.encode("utf-8", "surrogateescape")
        data += bytes(-len(data) % _STEP)
        sealed = self.frames.seal(os.urandom(NONCE), data, self.bound + _PLACE.pack(at))
        length = _LENGTH.pack(len(sealed))
        return length + sealed + length

    def unseal(self, at: int, sealed: bytes) -> str | None:
        data = self.frames.unseal(sealed, self.bound + _PLACE.pack(at))
        return None if data is None else data.rstrip(b"\0").decode("utf-8", "surrogateescape")


class Heads:
    """What logs begin with, under the keys of a vault."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._key = derive(keys.names, b"audobon log heads 1")

    def renew(self, keys: Keys) -> None:
        """From now on begin logs with other keys of the same vault."""
        self._keys = keys

    def make(self) -> bytes:
        clear = _CLEAR.pack(LINES, _FORMAT, self._keys.current, os.urandom(32))
        return clear + self._mac(clear)

    def log(self, head: bytes, name: str) -> Log:
        _, _, key_id, salt = _CLEAR.unpack(head[: _CLEAR.size])
        bound = b"audobon log 1\0" + self._keys.vault
        frames = Frames(derive(self._keys.master(key_id), bound, salt=salt))
        return Log(frames, head[: _CLEAR.size] + name.encode("ascii") + b"\0")

    def open(self, stream: IO[bytes], name: str) -> Log | None:
        """The log in a file, None for one that has no whole head: a kill has left it.

        Raises Corrupt, NewerFormat, Unavailable for a log in clear, Conflict for a newer key.
        """
        stream.seek(0)
        head = stream.read(_BODY)
        if head.startswith(b"{"):
            raise Unavailable(f"{name} lies in clear in an encrypted library", subject=name)
        if len(head) < _BODY:
            return None
        if head.startswith(LINES) and head[len(LINES)] > _FORMAT:
            raise NewerFormat(f"{name} has a newer format", subject=name, hint="update Audobon")
        # Proved before its key is looked for: damage must not look like a key that came later.
        if not hmac.compare_digest(head[_CLEAR.size :], self._mac(head[: _CLEAR.size])):
            raise Corrupt(f"the head of {name} is not what was written", subject=name)
        return self.log(head, name)

    def _mac(self, clear: bytes) -> bytes:
        return hmac.digest(self._key.reveal(), clear, "sha256")


def begin(stream: IO[bytes], heads: Heads, name: str) -> Log:
    """Write the head of a new log at the file's beginning, where it stands."""
    head = heads.make()
    stream.write(head)
    return heads.log(head, name)


def append(stream: IO[bytes], log: Log, lines: Iterable[str]) -> None:
    """Write lines where the file stands, at its end; durable on return."""
    at = stream.tell()
    for line in lines:
        record = log.seal(at, line)
        stream.write(record)
        at += len(record)
    stream.flush()
    os.fsync(stream.fileno())


def lines_of(stream: IO[bytes], log: Log) -> Iterator[tuple[str | None, int]]:
    """Whole lines with where they end; None for one that is not what was written.

    What a kill has left at the end is none. Damage to a length hides what comes after it: that is
    one None, where a sound line stands at the end.
    """
    size, at = stream.seek(0, os.SEEK_END), _BODY
    stream.seek(at)
    while record := _record(stream, size):
        end = at + len(record) + _AROUND
        yield log.unseal(at, record), end
        at = end
    if at < size and _sound_end(stream, log, size) is not None:
        yield None, size


def last_line(stream: IO[bytes], log: Log) -> tuple[str | None, int]:
    """The last whole line, "" where there is none, and where it ends; None for a damaged one."""
    size = stream.seek(0, os.SEEK_END)
    found = _sound_end(stream, log, size)
    if found is not None:
        return found, size
    last: tuple[str | None, int] = ("", _BODY)
    for each in lines_of(stream, log):
        last = each
    return last


def _record(stream: IO[bytes], size: int) -> bytes:
    """The record that begins here in a file of ``size``; empty where none does that is whole."""
    first = stream.read(_LENGTH.size)
    if len(first) < _LENGTH.size:
        return b""
    length = _LENGTH.unpack(first)[0]
    # Python makes room for as much as is asked for, before it looks what there is.
    if not _EXTRA <= length <= size - stream.tell() or (length - _EXTRA) % _STEP:
        return b""
    sealed = stream.read(length)
    return sealed if len(sealed) == length and stream.read(_LENGTH.size) == first else b""


def _sound_end(stream: IO[bytes], log: Log, size: int) -> str | None:
    """The line that ends where the file does; None where no sound one does."""
    if size < _BODY + _AROUND + _EXTRA:
        return None
    stream.seek(size - _LENGTH.size)
    at = size - _AROUND - _LENGTH.unpack(stream.read(_LENGTH.size))[0]
    if at < _BODY:
        return None
    stream.seek(at)
    record = _record(stream, size)
    return log.unseal(at, record) if stream.tell() == size else None
