"""Zip archives from strangers: a bounded directory, bounded members."""

from __future__ import annotations

import contextlib
import struct
import zipfile
from collections.abc import Iterator

from audobon.errors import LimitExceeded
from audobon.formats.source import Source

__all__ = ["directory", "is_readable", "member", "member_pieces", "open_archive", "plain_name"]

_MAX_DIRECTORY = 2 << 20
"""Bytes of a directory that is read: zipfile makes about thirteen times as much of it in memory.
A .kra with 5,000 layers has half a megabyte."""

_END = b"PK\x05\x06"
_END_SIZE = 22
_END_SEARCH = _END_SIZE + 65535  # a comment may follow
_ZIP64_END = b"PK\x06\x06"
_SAYS_UTF8 = 0x800  # of the flags of a member (APPNOTE 4.4.4)


def directory(source: Source) -> tuple[int, int]:
    """Number of entries and bytes of the list of contents, as the end record claims them."""
    tail = source.upto(max(0, source.size - _END_SEARCH), _END_SEARCH)
    at = tail.rfind(_END)
    if at < 0 or at + _END_SIZE > len(tail):
        raise source.bad("it ends too early, its list of contents is missing")
    count, size = struct.unpack_from("<HI", tail, at + 10)
    record = tail.rfind(_ZIP64_END, 0, at)
    if record >= 0 and (count == 0xFFFF or size == 0xFFFFFFFF):  # the real ones stand there
        count, size = struct.unpack_from("<QQ", tail, record + 32)
    return count, size


def is_readable(source: Source) -> bool:
    """Whether the list of contents is short enough to be read."""
    return directory(source)[1] <= _MAX_DIRECTORY


def plain_name(info: zipfile.ZipInfo) -> str:
    """The name of a member as it was meant: Krita 5.1 writes UTF-8 and does not say so."""
    if info.flag_bits & _SAYS_UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


@contextlib.contextmanager
def open_archive(source: Source) -> Iterator[zipfile.ZipFile]:
    """The archive, its directory read. BadZipFile when there is none, LimitExceeded when huge."""
    if not is_readable(source):
        raise LimitExceeded(
            "an archive's list of contents takes more than 2 MiB; less is allowed",
            subject=source.path,
        )
    with zipfile.ZipFile(source.stream()) as archive:
        yield archive


def member_pieces(
    source: Source, archive: zipfile.ZipFile, name: str, *, limit: int
) -> Iterator[bytes]:
    """The content of one member in pieces, at most ``limit`` bytes: LimitExceeded beyond.

    The size that the directory claims is not believed. Raises KeyError when
    there is no such member, BadZipFile when its bytes are damaged, BadFile
    when it is encrypted.
    """
    info = archive.getinfo(name)
    if info.flag_bits & 1:
        raise source.bad("a part of it is encrypted")
    left = limit
    with archive.open(info) as stream:
        while piece := stream.read(min(1 << 18, left + 1)):
            left -= len(piece)
            if left < 0:
                raise LimitExceeded(
                    f"a part of an archive is larger than {limit >> 20} MiB; less is allowed",
                    subject=source.path,
                )
            yield piece


def member(source: Source, archive: zipfile.ZipFile, name: str, *, limit: int) -> bytes:
    """The whole content of one member; limits and errors of :func:`member_pieces`."""
    return b"".join(member_pieces(source, archive, name, limit=limit))
