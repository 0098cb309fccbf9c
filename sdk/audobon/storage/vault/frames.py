"""A sealed object: a header, then frames of 64 KiB, each of which can be opened on its own.

``docs/format/sealed.md`` has the layout. Every frame is bound to the object's header and name, to
its place and to how many there are: none can be changed, swapped, dropped or moved unseen.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from typing import IO, Final

from attrs import frozen

from audobon.errors import Conflict, Corrupt, NewerFormat
from audobon.storage.vault.door import NONCE, TAG, Frames, derive
from audobon.storage.vault.keys import Keys

__all__ = ["FRAME", "HEAD", "Opened", "Pieces", "Shape", "key_id_of", "open_head"]
__all__ += ["opened_pieces", "padded", "seal_object"]

FRAME: Final = 64 << 10
"""Bytes of one frame: what a range costs at least. 28 bytes of nonce and tag are 0.04 % of it."""
_EXTRA = NONCE + TAG
_CLEAR = struct.Struct("<8sBB6x16s32s")
_MAGIC, _VERSION, _FRAME_BITS = b"ADBNSEAL", 1, 16
_SIZE = struct.Struct("<Q")
HEAD: Final = _CLEAR.size + NONCE + _SIZE.size + TAG
"""Bytes before the first frame."""
_SMALLEST = 1 << 10  # refs, locks and most manifests look alike then
_SIZE_PLACE = 2**64 - 1  # the place that the size is bound to; no frame has it


def padded(size: int) -> int:
    """The bytes that ``size`` bytes are filled up to: Padmé, and 1 KiB at least.

    A length keeps as many leading bits as its own length in bits has bits, so that it tells
    log log of itself, for 12 % more in the worst case and 1.6 % at 32 MB (Nikitin et al.,
    "Reducing Metadata Leakage from Encrypted Files", PETS 2019).
    """
    if size <= _SMALLEST:
        return _SMALLEST
    exponent = size.bit_length() - 1
    free = exponent - exponent.bit_length()
    return -(-size >> free) << free if free > 0 else size


@frozen
class Shape:
    """How many bytes lie in how many frames."""

    filled: int
    """The bytes in the frames, padding included."""

    @classmethod
    def of_plain(cls, size: int) -> Shape:
        return cls(padded(size))

    @classmethod
    def of_stored(cls, size: int) -> Shape | None:
        """The shape of an object that takes ``size`` bytes where it lies, None where none can."""
        body = size - HEAD
        count = -(-body // (FRAME + _EXTRA))
        filled = body - count * _EXTRA
        if count < 1 or filled <= (count - 1) * FRAME or padded(filled) != filled:
            return None
        return cls(filled)

    @property
    def count(self) -> int:
        return -(-self.filled // FRAME)

    @property
    def stored(self) -> int:
        return HEAD + self.filled + self.count * _EXTRA

    def place(self, index: int) -> int:
        """Where a frame starts in the stored object; for the one after the last, its end."""
        return min(HEAD + index * (FRAME + _EXTRA), self.stored)


class _Cipher:
    """The key of one object, and what its frames are bound to."""

    def __init__(self, keys: Keys, clear: bytes, name: str, count: int) -> None:
        _, _, _, key_id, salt = _CLEAR.unpack(clear)
        bound = b"audobon object 1\0" + keys.vault
        self._frames = Frames(derive(keys.master(key_id), bound, salt=salt))
        self._before = clear + _SIZE.pack(count)
        self._after = name.encode("ascii")

    def _bound(self, place: int) -> bytes:
        return self._before + _SIZE.pack(place) + self._after

    def seal(self, place: int, data: bytes) -> bytes:
        return self._frames.seal(os.urandom(NONCE), data, self._bound(place))

    def unseal(self, place: int, sealed: bytes) -> bytes | None:
        return self._frames.unseal(sealed, self._bound(place))


def seal_object(keys: Keys, name: str, size: int, read: Callable[[int], bytes]) -> Iterator[bytes]:
    """The sealed bytes of ``size`` bytes that ``read`` gives, piece by piece.

    Raises Conflict when they turn out to be fewer or more.
    """
    shape = Shape.of_plain(size)
    clear = _CLEAR.pack(_MAGIC, _VERSION, _FRAME_BITS, keys.current, os.urandom(32))
    cipher = _Cipher(keys, clear, name, shape.count)
    yield clear + cipher.seal(_SIZE_PLACE, _SIZE.pack(size))
    left = size
    for index in range(shape.count):
        wanted = min(left, FRAME)
        data = read(wanted) if wanted else b""
        left -= len(data)
        if len(data) != wanted or (not left and read(1)):
            raise Conflict(f"what is written to {name} changes meanwhile", subject=name)
        filling = min(FRAME, shape.filled - index * FRAME) - len(data)
        yield cipher.seal(index, data + bytes(filling))


@frozen
class Opened:
    """A sealed object whose header was read: its bytes are ``size`` long."""

    name: str
    size: int
    shape: Shape
    cipher: _Cipher

    def frames_for(self, start: int, end: int) -> tuple[int, int]:
        """The frames (first, and after the last) that hold the bytes of a range; equal for none."""
        end = min(end, self.size)
        return (start // FRAME, -(-end // FRAME)) if start < end else (0, 0)

    def open_frames(self, first: int, sealed: bytes) -> Iterator[bytes]:
        """The bytes of frames that lie one behind the other, from number ``first`` on.

        Padding is cut off. Raises Corrupt.
        """
        for at in range(0, len(sealed), FRAME + _EXTRA):
            index = first + at // (FRAME + _EXTRA)
            data = self.cipher.unseal(index, sealed[at : at + FRAME + _EXTRA])
            if data is None:
                raise _damaged(self.name, f"frame {index} is not what was written")
            yield data[: max(0, self.size - index * FRAME)]


def _damaged(name: str, what: str) -> Corrupt:
    return Corrupt(
        f"the sealed object {name} is damaged: {what}",
        subject=name,
        hint="fetch it from another remote, or write it again",
    )


def key_id_of(head: bytes, name: str) -> bytes:
    """The id of the key that an object is sealed with. Raises Corrupt, or NewerFormat."""
    if len(head) < HEAD or not head.startswith(_MAGIC):
        raise _damaged(name, "it does not start as one")
    _, version, bits, key_id, _ = _CLEAR.unpack(head[: _CLEAR.size])
    if version > _VERSION:
        raise NewerFormat(
            f"the sealed object {name} has format {version}, this Audobon reads up to {_VERSION}",
            subject=name,
            hint="update Audobon; nothing was changed",
        )
    if version != _VERSION or bits != _FRAME_BITS:
        raise _damaged(name, "its header makes no sense")
    return bytes(key_id)


def open_head(keys: Keys, name: str, head: bytes, stored: int) -> Opened:
    """The object that starts with ``head`` and takes ``stored`` bytes.

    Raises Corrupt, NewerFormat, or Conflict when its key is not among ``keys``.
    """
    key_id_of(head, name)
    shape = Shape.of_stored(stored)
    if shape is None:
        raise _damaged(name, f"no object is {stored} bytes long")
    clear = head[: _CLEAR.size]
    cipher = _Cipher(keys, clear, name, shape.count)
    found = cipher.unseal(_SIZE_PLACE, head[_CLEAR.size : HEAD])
    if found is None or Shape.of_plain(_SIZE.unpack(found)[0]) != shape:
        raise _damaged(name, "its header, its length or its name is not what was written")
    return Opened(name, _SIZE.unpack(found)[0], shape, cipher)


def opened_pieces(found: Opened, source: IO[bytes]) -> Iterator[bytes]:
    """The bytes of an object out of a file that stands behind its header. Never in clear on disk
    but where the caller writes them. Raises Corrupt."""
    for index in range(found.shape.count):
        size = found.shape.place(index + 1) - found.shape.place(index)
        sealed = source.read(size)
        if len(sealed) != size:
            raise Corrupt(f"the sealed object {found.name} is cut off", subject=found.name)
        yield from found.open_frames(index, sealed)


class Pieces:
    """Pieces of at most a frame, read as :func:`seal_object` reads."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int) -> bytes:
        while len(self._left) < size and (piece := next(self._pieces, b"")):
            self._left += piece
        found, self._left = self._left[:size], self._left[size:]
        return found
