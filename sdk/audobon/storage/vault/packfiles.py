"""Packs of an encrypted chunk store: format 2 of ``docs/format/packs.md``.

A file of frames of 64 KiB that can be opened one by one, like a sealed object, but written from its
front without knowing its length, and without padding.
"""

from __future__ import annotations

import contextlib
import hmac
import io
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audobon.errors import Corrupt, Unavailable
from audobon.storage.vault.door import NONCE, TAG, Frames, derive
from audobon.storage.vault.keys import Keys
from audobon.system.files import free_name, sync_folder

if TYPE_CHECKING:
    from audobon.system.directio import DirectFile

__all__ = ["SealedPackFiles"]

_HEAD: Final = struct.Struct("<8sBB6x16s32s")  # magic, format, bits of a frame, key, salt
_MAGIC, _FORMAT, _BITS = b"ADBNPACK", 2, 16
_FRAME: Final = 1 << _BITS
_STORED: Final = _FRAME + NONCE + TAG
_MAC: Final = 32
_BODY: Final = _HEAD.size + _MAC
_BLOCK: Final = 4 << 20
_PLACE = struct.Struct("<Q")


class SealedPackFiles:
    """``PackFiles`` of the chunk store, under the keys of a vault.

    Who holds the files sees how many packs there are, their sizes and times. A name is keyed: it
    does not tell that a known file is in it. ``open`` raises Conflict for a pack under a key that
    came after these. Keys of another vault make every pack look damaged: whoever opens a store
    has proved them by the vault's header.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._names = derive(keys.names, b"audobon pack names 2")
        self._heads = derive(keys.names, b"audobon pack heads 2")

    def renew(self, keys: Keys) -> None:
        """From now on write with other keys of the same vault."""
        self._keys = keys

    def is_old(self, path: Path) -> bool:
        """Whether a pack lies under an older key. False for one whose head is damaged. OSError."""
        with path.open("rb") as file:
            head = file.read(_HEAD.size)
        return _is_ours(head) and _HEAD.unpack(head)[3] != self._keys.current

    def reseal(self, path: Path) -> None:
        """Write a pack again under the newest key: its plain bytes stay where they are in it.

        It appears complete or not at all, durable; who reads the old one goes on with that. Corrupt
        where not all of it opens: it stays as it is. OSError, as on Windows where somebody reads.
        """
        made = free_name(path.parent)
        try:
            with contextlib.closing(self.open(path)) as source:
                sink = self.create(made)
                try:
                    while block := source.read(_BLOCK):
                        if source.damaged:
                            raise Corrupt(f"pack {path.stem} is damaged", subject=path.stem)
                        sink.write(block)
                    sink.finish()
                finally:
                    sink.close()
            os.replace(made, path)
            sync_folder(path.parent)
        finally:
            made.unlink(missing_ok=True)

    def name(self, digest: bytes) -> str:
        return hmac.digest(self._names.reveal(), digest, "sha256").hex()

    def create(self, path: Path, *, direct: bool = False) -> _Sink:
        head = _HEAD.pack(_MAGIC, _FORMAT, _BITS, self._keys.current, os.urandom(32))
        return _Sink(path, head, self._mac(head), self._frames(head), direct=direct)

    def open(self, path: Path) -> _Opened:
        file = path.open("rb", buffering=0)
        try:
            head, mac = file.read(_HEAD.size), file.read(_MAC)
            if head[:9] == _MAGIC + b"\x01":
                raise Unavailable(
                    f"pack {path.stem} lies in clear in an encrypted chunk store", subject=path.stem
                )
            # Proved before its key is looked for: damage must not look like a key that came later.
            ours = _is_ours(head) and hmac.compare_digest(mac, self._mac(head))
            return _Opened(file, head, self._frames(head) if ours else None)
        except BaseException:
            file.close()
            raise

    def _mac(self, head: bytes) -> bytes:
        return hmac.digest(self._heads.reveal(), head, "sha256")

    def _frames(self, head: bytes) -> Frames:
        _, _, _, key_id, salt = _HEAD.unpack(head)
        bound = b"audobon pack 2\0" + self._keys.vault
        return Frames(derive(self._keys.master(key_id), bound, salt=salt))


def _is_ours(head: bytes) -> bool:
    return len(head) == _HEAD.size and head[:16] == bytes([*_MAGIC, _FORMAT, _BITS, *bytes(6)])


def _written(path: Path, *, direct: bool) -> io.FileIO | DirectFile:
    file = path.open("wb", buffering=0)
    if not direct:
        return file
    from audobon.system.directio import DirectFile

    return DirectFile(file)


class _Sink:
    """Seals what is written, frame by frame; the last one is as long as what is left."""

    def __init__(
        self, path: Path, head: bytes, mac: bytes, frames: Frames, *, direct: bool
    ) -> None:
        self._head, self._frames = head, frames
        self._waiting = bytearray()
        self._index = 0
        self._file = _written(path, direct=direct)
        try:
            self._put(head + mac)
        except BaseException:
            self._file.close()
            raise

    def write(self, data: bytes | bytearray | memoryview, /) -> None:
        self._waiting += data
        whole = len(self._waiting) // _FRAME * _FRAME
        if whole:
            taken, self._waiting = self._waiting[:whole], self._waiting[whole:]
            self._put(
                b"".join(
                    self._sealed(bytes(taken[at : at + _FRAME])) for at in range(0, whole, _FRAME)
                )
            )

    def finish(self) -> None:
        if self._waiting:
            self._put(self._sealed(bytes(self._waiting)))
            self._waiting = bytearray()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def close(self) -> None:
        self._file.close()

    def _sealed(self, data: bytes) -> bytes:
        bound = self._head + _PLACE.pack(self._index)
        self._index += 1
        return self._frames.seal(os.urandom(NONCE), data, bound)

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]


class _Opened(io.RawIOBase):
    """The plain bytes of a pack. What cannot be opened reads as zeros."""

    def __init__(self, file: io.FileIO, head: bytes, frames: Frames | None) -> None:
        self._file, self._head, self._frames = file, head, frames
        body = max(0, os.fstat(file.fileno()).st_size - _BODY)
        whole, rest = divmod(body, _STORED)
        self._size = whole * _FRAME + max(0, rest - NONCE - TAG)
        self._at = 0
        self.damaged = False
        """Whether something that was read could not be opened."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("before the beginning of a pack")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        end = self._size if size < 0 else min(self._size, self._at + size)
        if end <= self._at:
            return b""
        first, after = self._at // _FRAME, -(-end // _FRAME)
        self._file.seek(_BODY + first * _STORED)
        stored = memoryview(_all(self._file, (after - first) * _STORED))
        plain = b"".join(
            self._open(index, bytes(stored[(index - first) * _STORED :][:_STORED]))
            for index in range(first, after)
        )
        start = self._at - first * _FRAME
        found = plain[start : start + end - self._at]
        self._at += len(found)
        return found

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def _open(self, index: int, stored: bytes) -> bytes:
        plain = None
        if self._frames is not None:
            plain = self._frames.unseal(stored, self._head + _PLACE.pack(index))
        self.damaged = self.damaged or plain is None
        return bytes(max(0, len(stored) - NONCE - TAG)) if plain is None else plain


def _all(file: io.FileIO, count: int) -> bytes:
    parts = []
    while count and (part := file.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
