"""One pack on disk: written group by group, opened, its trailer checked."""

from __future__ import annotations

import os
from pathlib import Path

import blake3
import zstandard
from attrs import define, evolve, field

from audobon.errors import AudobonError, Corrupt, NewerFormat
from audobon.storage.chunks import layout
from audobon.storage.chunks.layout import FOOTER, HEADER, PACK_SUFFIX, TEMP_SUFFIX, Group
from audobon.storage.chunks.packfiles import PLAIN, PackFiles, Source
from audobon.system.files import translate_os_error

__all__ = ["Items", "PackWriter", "decode_group", "hash_id", "read_trailer"]

# Level 3 is where ratio per CPU second is best on the corpus; the store keeps
# up with the disk, and a background repack may choose a higher one later.
_LEVEL = 3
# Below 3 % the space saved is not worth decompressing on every read. There is
# no probe before: zstd itself gives up on incompressible data after sampling
# it, 0.13 ms for each MB, as little as a probe would cost.
_WORTH_IT = 0.97


def hash_id(data: bytes | bytearray | memoryview) -> bytes:
    """The id of a chunk: BLAKE3, 32 bytes."""
    return blake3.blake3(data).digest()


class PackWriter:
    """A pack that grows in a temporary file.

    ``seal`` makes it complete and durable under its temporary name;
    ``publish`` gives it the name by which it counts; ``discard`` removes it.
    Operating system errors come translated.
    """

    def __init__(
        self, folder: Path, *, serial: int, files: PackFiles = PLAIN, direct: bool = False
    ) -> None:
        self._folder = folder
        self._files = files
        self._temp = folder / f"{os.getpid()}-{serial}{TEMP_SUFFIX}"
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self._groups: list[Group] = []
        self._digest = b""
        self.size = 0
        self.trailer = b""
        try:
            self._file = files.create(self._temp, direct=direct)
        except OSError as exc:
            raise translate_os_error(exc, folder) from exc
        try:
            self._write(HEADER)
        except AudobonError:
            self.discard()
            raise

    @property
    def name(self) -> str:
        """The name without its suffix; known once sealed."""
        return self._files.name(self._digest)

    @property
    def groups(self) -> tuple[Group, ...]:
        return tuple(self._groups)

    def add(
        self,
        kind: int,
        data: bytes | bytearray,
        *,
        ids: bytes,
        lengths: tuple[int, ...],
        extra: tuple[tuple[int, int], ...] = (),
    ) -> None:
        """Append ``data`` as one group, compressed where that helps."""
        packed: bytes | bytearray = self._compressor.compress(data)
        codec = layout.CODEC_ZSTD
        if len(packed) >= len(data) * _WORTH_IT:
            packed, codec = data, layout.CODEC_RAW
        group = Group(kind, codec, 0, len(packed), len(data), hash_id(packed), ids, lengths, extra)
        self.copy(group, packed)

    def copy(self, group: Group, stored: bytes | bytearray) -> None:
        """Append a group whose stored bytes are at hand already; its offset is set anew."""
        self._groups.append(evolve(group, offset=self.size))
        self._write(stored)

    def seal(self) -> None:
        self.trailer = layout.encode_trailer(self._groups)
        self._digest = hash_id(self.trailer)
        self._write(self.trailer + layout.pack_footer(self.trailer, self._digest))
        try:
            self._file.finish()
        except OSError as exc:
            raise translate_os_error(exc, self._folder) from exc

    def publish(self) -> None:
        """Rename to the final name. The caller makes the folder durable."""
        try:
            self._temp.replace(self._folder / (self.name + PACK_SUFFIX))
        except OSError as exc:
            raise translate_os_error(exc, self._folder) from exc

    def discard(self) -> None:
        try:
            self._file.close()
            self._temp.unlink(missing_ok=True)
        except OSError:
            return  # the next writer removes what is left

    def _write(self, data: bytes | bytearray) -> None:
        try:
            self._file.write(data)
        except OSError as exc:
            raise translate_os_error(exc, self._folder) from exc
        self.size += len(data)


@define
class Items:
    """Items that wait for a group of their own."""

    data: bytearray = field(factory=bytearray)
    ids: bytearray = field(factory=bytearray)
    lengths: list[int] = field(factory=list)
    extra: list[tuple[int, int]] = field(factory=list)

    def add(
        self, item: bytes, data: bytes | memoryview, extra: tuple[int, int] | None = None
    ) -> None:
        """One more; ``extra`` has the size of the file and the rank of a recipe."""
        self.data += data
        self.ids += item
        self.lengths.append(len(data))
        if extra is not None:
            self.extra.append(extra)

    def into(self, pack: PackWriter, kind: int) -> None:
        """Append them to ``pack`` as one group."""
        pack.add(
            kind,
            self.data,
            ids=bytes(self.ids),
            lengths=tuple(self.lengths),
            extra=tuple(self.extra),
        )


def read_trailer(path: Path, files: PackFiles = PLAIN) -> tuple[tuple[Group, ...], int]:
    """(groups, size in plain) of the pack at ``path``, its trailer and name proved.

    Corrupt names the pack; the bytes of the groups are not read.
    """
    name = path.name.removesuffix(PACK_SUFFIX)
    try:
        with files.open(path) as file:
            size = file.seek(0, os.SEEK_END)
            return _trailer_of(file, size, name, files), size
    except OSError as exc:
        raise translate_os_error(exc, path) from exc
    except (Corrupt, NewerFormat) as exc:
        raise type(exc)(
            f"pack {name} is refused: {exc}",
            subject=name,
            hint="'audobon doctor --repair' sets it aside and stores its files again from disk",
        ) from exc


def _trailer_of(file: Source, size: int, name: str, files: PackFiles) -> tuple[Group, ...]:
    if size < len(HEADER) + FOOTER.size:
        raise Corrupt("the pack is too short")
    file.seek(size - FOOTER.size)
    length, digest = layout.split_footer(_read(file, FOOTER.size))
    start = size - FOOTER.size - length
    if start < len(HEADER):
        raise Corrupt("the trailer is longer than the pack")
    file.seek(start)
    trailer = _read(file, length)
    if hash_id(trailer) != digest or files.name(digest) != name:
        raise Corrupt("the trailer is not what its digest says")
    groups = layout.decode_trailer(trailer, end=start)
    file.seek(0)
    if _read(file, len(HEADER)) != HEADER:
        raise Corrupt("the pack does not begin as a pack does")
    return groups


def _read(file: Source, count: int) -> bytes:
    parts = []
    while count:
        part = file.read(count)
        if not part:
            raise Corrupt("the pack ends too early")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def decode_group(codec: int, stored: bytes, raw: int) -> bytes:
    """The ``raw`` bytes that a group's ``stored`` bytes stand for; Corrupt otherwise.

    Never allocates more than ``raw`` bytes, whatever the frame says of itself.
    """
    if codec == layout.CODEC_RAW:
        return stored
    try:
        if zstandard.get_frame_parameters(stored).content_size != raw:
            raise Corrupt("the group's frame has another size")
        data = zstandard.ZstdDecompressor().decompress(stored, max_output_size=raw)
    except zstandard.ZstdError as exc:
        raise Corrupt("the group cannot be decompressed") from exc
    if len(data) != raw:
        raise Corrupt("the group decompresses to another size")
    return data
