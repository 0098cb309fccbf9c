"""Git pack files, version 2: written in one go, and their indexes read.

One durable file for thousands of objects costs two flushes; the same objects
as loose files would cost one each. Objects are stored whole: deltas come later,
when ``git gc`` or ``History.pack`` runs. Source: ``gitformat-pack`` of git.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import sys
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from audobon.errors import Corrupt
from audobon.system.files import sync_folder, write_atomic

__all__ = ["PackWriter", "read_index"]

_INDEX_HEAD = b"\xfftOc\x00\x00\x00\x02"
_LEVEL = 1  # pointers and manifests gain 3 % from level 6 at twice the time
_HASH_BLOCK = 1 << 20
_LARGE = 1 << 31  # offsets from here on go to the index's table of 64-bit offsets


def _object_head(kind: int, size: int) -> bytes:
    byte = (kind << 4) | (size & 15)
    size >>= 4
    out = bytearray()
    while size:
        out.append(byte | 0x80)
        byte = size & 0x7F
        size >>= 7
    out.append(byte)
    return bytes(out)


class PackWriter:
    """Writes a pack into ``folder``; nothing is visible to readers before ``finish``.

    An object given twice is stored once. After a kill only a file named
    ``tmp_*`` is left, which git's own pruning and ``History.pack`` remove.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        fd, self._temporary = tempfile.mkstemp(prefix="tmp_pack_", dir=folder)
        self._stream = os.fdopen(fd, "w+b")
        self._stream.write(bytes(12))  # the header; the count is known at the end
        self._offset = 12
        self._rows: dict[bytes, tuple[int, int]] = {}  # id to crc32, offset

    def add(self, kind: int, oid: bytes, data: bytes, like: bytes | None = None) -> None:
        """Store one object under its id, which the caller has computed."""
        del like  # no deltas here
        if oid in self._rows:
            return
        packed = _object_head(kind, len(data)) + zlib.compress(data, _LEVEL)
        self._rows[oid] = (zlib.crc32(packed), self._offset)
        self._stream.write(packed)
        self._offset += len(packed)

    def adopt(self, data: bytes, rows: Mapping[bytes, tuple[int, int]]) -> None:
        """Take over a whole pack as it is, with its rows as ``unpacking`` found them."""
        self._rows = dict(rows)
        self._stream.seek(12)
        self._stream.write(memoryview(data)[12:-20])

    def finish(self) -> Path | None:
        """Make the pack durable and visible: pack first, then its index. None when empty."""
        if not self._rows:
            self.abort()
            return None
        stream = self._stream
        stream.seek(0)
        stream.write(b"PACK" + struct.pack(">II", 2, len(self._rows)))
        stream.flush()
        stream.seek(0)
        digest = hashlib.sha1(usedforsecurity=False)
        while block := stream.read(_HASH_BLOCK):
            digest.update(block)
        checksum = digest.digest()
        stream.seek(0, os.SEEK_END)
        stream.write(checksum)
        stream.flush()
        os.fsync(stream.fileno())
        stream.close()
        target = self._folder / f"pack-{checksum.hex()}.pack"
        # Readable for whom the folder is: it was made under the user's umask, as git's files are.
        mode = self._folder.stat().st_mode & 0o444
        if sys.platform != "win32":
            os.chmod(self._temporary, mode)
        os.replace(self._temporary, target)
        sync_folder(self._folder)
        write_atomic(target.with_suffix(".idx"), self._index(checksum), mode=mode)
        return target

    def abort(self) -> None:
        """Throw away what was written; does nothing after ``finish``."""
        with contextlib.suppress(OSError):  # on a full disk closing fails too, but it closes
            self._stream.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._temporary)

    def _index(self, checksum: bytes) -> bytes:
        names = sorted(self._rows)
        counts = [0] * 256
        for name in names:
            counts[name[0]] += 1
        fanout, total = [], 0
        for count in counts:
            total += count
            fanout.append(total)
        crcs: list[int] = []
        offsets: list[int] = []
        large: list[int] = []
        for name in names:
            crc, offset = self._rows[name]
            crcs.append(crc)
            if offset >= _LARGE:
                offsets.append(_LARGE | len(large))
                large.append(offset)
            else:
                offsets.append(offset)
        count = len(names)
        body = b"".join(
            (
                _INDEX_HEAD,
                struct.pack(">256I", *fanout),
                *names,
                struct.pack(f">{count}I", *crcs),
                struct.pack(f">{count}I", *offsets),
                struct.pack(f">{len(large)}Q", *large),
                checksum,
            )
        )
        return body + hashlib.sha1(body, usedforsecurity=False).digest()


def read_index(path: Path) -> list[bytes]:
    """The ids in a pack's index, sorted; Corrupt when its checksum is wrong."""
    data = path.read_bytes()
    if (
        not data.startswith(_INDEX_HEAD)
        or len(data) < 1072
        or hashlib.sha1(data[:-20], usedforsecurity=False).digest() != data[-20:]
    ):
        raise Corrupt(f"{path.name} is damaged", subject=str(path))
    (count,) = struct.unpack_from(">I", data, 8 + 255 * 4)
    return [data[at : at + 20] for at in range(1032, 1032 + 20 * count, 20)]
