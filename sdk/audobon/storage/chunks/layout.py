"""The bytes of a pack, exactly as ``docs/format/packs.md`` describes them.

Only bytes and values here: no file is opened and nothing is hashed. Whatever
is read may be hostile, so every length is checked before it is used, and what
does not fit raises Corrupt.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from attrs import frozen

from audobon.errors import Corrupt, NewerFormat

__all__ = [
    "CODEC_RAW",
    "CODEC_ZSTD",
    "ENTRY",
    "FOOTER",
    "HEADER",
    "ID_SIZE",
    "KIND_CHUNKS",
    "KIND_RECIPES",
    "MAX_CHUNK_GROUP",
    "MAX_RECIPE_GROUP",
    "PACK_SUFFIX",
    "TEMP_SUFFIX",
    "VERSION",
    "Group",
    "Outline",
    "Recipe",
    "Transform",
    "decode_recipe",
    "decode_trailer",
    "encode_recipe",
    "encode_trailer",
    "pack_footer",
    "split_footer",
]

VERSION = 1

PACK_SUFFIX = ".pack"
TEMP_SUFFIX = ".tmp"

HEADER = b"ADBNPACK" + bytes([VERSION]) + bytes(7)
FOOTER = struct.Struct("<Q32s8s")  # length of the trailer, its BLAKE3, magic
_FOOTER_MAGIC = b"ADBNPEND"

_TRAILER = struct.Struct("<4sB3xI")  # magic, version, number of groups
_TRAILER_MAGIC = b"ATRL"
_GROUP = struct.Struct("<BB2xIQII32s")  # kind, codec, items, offset, stored, raw, BLAKE3
_RECIPE_EXTRA = struct.Struct("<QI")  # size of the file, rank

_PLAIN, _OUTLINE = 1, 2  # versions of a recipe: the list in it, and the list in parts

ID_SIZE = 32
ENTRY = ID_SIZE + 4
"""Bytes of one chunk in the list of a recipe: its id and its length."""
KIND_CHUNKS = 1
KIND_RECIPES = 2
CODEC_RAW = 0
CODEC_ZSTD = 1

# A group closes at 1 MiB and a chunk has at most 256 KiB; the rest is room for
# later writers. A reader never allocates more for one group.
MAX_CHUNK_GROUP = 8 << 20
# 36 bytes for each 80 KB chunk: the recipe of a 2 TB file still fits.
MAX_RECIPE_GROUP = 1 << 30


@frozen(slots=True)
class Group:
    """One compressed run of items in a pack.

    ``ids`` are the items' ids end to end (32 bytes each; BLAKE3 of a chunk,
    sha256 of a recipe's file), ``lengths`` their lengths in the decompressed
    group, which they fill without a gap. ``extra`` has (size of the file,
    rank) for each recipe, and is empty for chunks.
    """

    kind: int
    codec: int
    offset: int
    stored: int
    raw: int
    checksum: bytes
    ids: bytes
    lengths: tuple[int, ...]
    extra: tuple[tuple[int, int], ...] = ()

    def items(self) -> Iterator[tuple[bytes, int, int]]:
        """(id, start in the group, length) of each item."""
        start = 0
        for number, length in enumerate(self.lengths):
            yield self.ids[number * ID_SIZE : (number + 1) * ID_SIZE], start, length
            start += length


@frozen(slots=True)
class Transform:
    """One reversible step between a file's bytes and its chunks; ``params`` is its own."""

    name: str
    params: bytes = b""


@frozen(slots=True)
class Recipe:
    """How a file is rebuilt: join the chunks, then undo ``chain`` from its end.

    An empty chain means that the chunks are the file. ``size`` is the size of
    the file, ``ids`` the chunk ids end to end, ``lengths`` the chunks' lengths.
    ``parts`` are the ids, end to end, of the chunks in which this list itself is
    kept; empty where it stands in the record.
    """

    size: int
    ids: bytes
    lengths: Sequence[int]
    chain: tuple[Transform, ...] = ()
    parts: bytes = b""


@frozen(slots=True)
class Outline:
    """The record of a recipe whose list of ``count`` chunks is kept in chunks of its own.

    ``parts`` are their ids end to end, in order.
    """

    size: int
    count: int
    parts: bytes
    chain: tuple[Transform, ...] = ()

    def filled(self, parts: Sequence[bytes]) -> Recipe:
        """The recipe, with the bytes of each part, which the caller has proved; Corrupt."""
        ids, lengths = bytearray(), list[int]()
        for part in parts:
            count, rest = divmod(len(part), ENTRY)
            if rest or not count:
                raise Corrupt("a part of the recipe's list is none")
            ids += part[: count * ID_SIZE]
            lengths += struct.unpack_from(f"<{count}I", part, count * ID_SIZE)
        if len(lengths) != self.count or (not self.chain and sum(lengths) != self.size):
            raise Corrupt("the recipe does not add up")
        return Recipe(self.size, bytes(ids), lengths, self.chain, self.parts)


def encode_trailer(groups: Sequence[Group]) -> bytes:
    """The trailer that describes ``groups``, which stand in the order of their offsets."""
    parts = [_TRAILER.pack(_TRAILER_MAGIC, VERSION, len(groups))]
    for group in groups:
        count = len(group.lengths)
        parts.append(
            _GROUP.pack(
                group.kind,
                group.codec,
                count,
                group.offset,
                group.stored,
                group.raw,
                group.checksum,
            )
        )
        parts.append(group.ids)
        parts.append(struct.pack(f"<{count}I", *group.lengths))
        parts.extend(_RECIPE_EXTRA.pack(*extra) for extra in group.extra)
    return b"".join(parts)


def split_footer(footer: bytes) -> tuple[int, bytes]:
    """(length of the trailer, its BLAKE3) as the last bytes of a pack say."""
    if len(footer) != FOOTER.size:
        raise Corrupt("the pack is too short for a footer")
    length, digest, magic = FOOTER.unpack(footer)
    if magic != _FOOTER_MAGIC:
        raise Corrupt("the pack does not end as a pack does: it is cut off or overwritten")
    return length, digest


def pack_footer(trailer: bytes, digest: bytes) -> bytes:
    """The last bytes of a pack: where its trailer begins and what it hashes to."""
    return FOOTER.pack(len(trailer), digest, _FOOTER_MAGIC)


def decode_trailer(data: bytes, *, end: int) -> tuple[Group, ...]:
    """The groups that a trailer lists; ``end`` is where it begins in its pack.

    The caller has checked the digest. Groups must fill the pack from its
    header to ``end`` without a gap. Raises NewerFormat for a later version,
    Corrupt for anything that does not fit.
    """
    if len(data) < _TRAILER.size:
        raise Corrupt("the trailer is too short")
    magic, version, count = _TRAILER.unpack_from(data)
    if magic != _TRAILER_MAGIC:
        raise Corrupt("the trailer does not begin as a trailer does")
    if version > VERSION:
        raise NewerFormat(f"the pack has format {version}, this version reads up to {VERSION}")
    groups = []
    position, offset = _TRAILER.size, len(HEADER)
    for _ in range(count):
        group, position = _decode_group(data, position)
        if group.offset != offset:
            raise Corrupt("the groups of the pack leave a gap")
        offset += group.stored
        groups.append(group)
    if position != len(data) or offset != end:
        raise Corrupt("the trailer does not describe the whole pack")
    return tuple(groups)


def _decode_group(data: bytes, position: int) -> tuple[Group, int]:
    if position + _GROUP.size > len(data):
        raise Corrupt("the trailer ends within a group")
    kind, codec, count, offset, stored, raw, checksum = _GROUP.unpack_from(data, position)
    limit = {KIND_CHUNKS: MAX_CHUNK_GROUP, KIND_RECIPES: MAX_RECIPE_GROUP}.get(kind, -1)
    if raw > limit or codec not in (CODEC_RAW, CODEC_ZSTD):
        raise Corrupt("a group has a kind, codec or size that does not exist")
    position += _GROUP.size
    extra_size = _RECIPE_EXTRA.size if kind == KIND_RECIPES else 0
    after_ids = position + count * ID_SIZE
    after_lengths = after_ids + count * 4
    after = after_lengths + count * extra_size
    if after > len(data):
        raise Corrupt("the trailer ends within a group")
    lengths = struct.unpack_from(f"<{count}I", data, after_ids)
    if sum(lengths) != raw or (codec == CODEC_RAW and stored != raw):
        raise Corrupt("the items of a group do not fill it")
    extra = tuple(_RECIPE_EXTRA.iter_unpack(data[after_lengths:after])) if extra_size else ()
    group = Group(
        kind, codec, offset, stored, raw, checksum, data[position:after_ids], lengths, extra
    )
    return group, after


def _put_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def encode_recipe(recipe: Recipe) -> bytes:
    """A recipe record: version, transform chain, size, chunk ids, chunk lengths.

    With parts it is version 2, which has their ids in the place of the chunks'.
    """
    out = bytearray([_OUTLINE if recipe.parts else _PLAIN])
    _put_varint(out, len(recipe.chain))
    for step in recipe.chain:
        for part in (step.name.encode(), step.params):
            _put_varint(out, len(part))
            out += part
    _put_varint(out, recipe.size)
    _put_varint(out, len(recipe.lengths))
    if recipe.parts:
        _put_varint(out, len(recipe.parts) // ID_SIZE)
        return bytes(out + recipe.parts)
    out += recipe.ids
    out += struct.pack(f"<{len(recipe.lengths)}I", *recipe.lengths)
    return bytes(out)


class _Cursor:
    """Reads a recipe record from the front; Corrupt where it ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        if len(part) != count:
            raise Corrupt("the recipe ends too early")
        self._at += count
        return part

    def varint(self) -> int:
        value = 0
        for shift in range(0, 64, 7):
            if self._at >= len(self._data):
                raise Corrupt("the recipe ends too early")
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Corrupt("the recipe holds a number that is too large")

    @property
    def left(self) -> int:
        return len(self._data) - self._at


def decode_recipe(data: bytes) -> Recipe | Outline:
    """Inverse of :func:`encode_recipe`; an outline where it has parts. Corrupt or NewerFormat."""
    cursor = _Cursor(data)
    version = cursor.take(1)[0]
    if version > _OUTLINE:
        raise NewerFormat(f"the recipe has format {version}, this version reads up to {_OUTLINE}")
    try:
        chain = tuple(
            Transform(cursor.take(cursor.varint()).decode(), cursor.take(cursor.varint()))
            for _ in range(min(cursor.varint(), cursor.left))
        )
    except UnicodeDecodeError as exc:
        raise Corrupt("the recipe names a transform that is not text") from exc
    size, count = cursor.varint(), cursor.varint()
    if version == _OUTLINE:
        parts = cursor.take(cursor.varint() * ID_SIZE)
        if cursor.left or not parts:
            raise Corrupt("the recipe does not add up")
        return Outline(size, count, parts, chain)
    ids = cursor.take(count * ID_SIZE)
    # Not varints: they would save one byte of 36 and cost a second per 100 GB.
    lengths = struct.unpack(f"<{count}I", cursor.take(count * 4))
    if cursor.left or version != _PLAIN or (not chain and sum(lengths) != size):
        raise Corrupt("the recipe does not add up")
    return Recipe(size, ids, lengths, chain)
