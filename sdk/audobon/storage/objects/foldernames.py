"""How keys and the versions of objects are called on a disk.

``refs/main`` at its third writing is the file ``refs/main@3``; the newest number is the object. A
number is given once, to a file that is complete, and never again: that is the compare-and-swap.
What a number stood for before the newest is replaced by a marker of a few bytes, so that no name
comes free, and so is the newest of an object that is deleted.
"""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen

from audobon.storage.objects.base import check_key

__all__ = [
    "MARKER_SIZE",
    "OPENED",
    "SCRATCH",
    "TRAILER_SIZE",
    "Place",
    "Trailer",
    "key_name",
    "marker",
    "marker_floor",
    "place_of",
    "read_trailer",
    "version_of",
]

OPENED = "@audobon.json"
"""What says that a folder is a place of objects; no key gives such a name."""
SCRATCH = "@part"
"""The folder of what is being written."""

_VERSION = re.compile(r"([a-z0-9_-][a-z0-9_.-]*)@([1-9][0-9]{0,15})")
# Windows opens devices by these names, with whatever extension, and drops a dot at an end. So
# ``con.txt`` lies in ``@con.txt``, and what is below ``a.`` in the folder ``a.@``.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")

_MARK = b"audobon: no bytes; "
_SINCE = 12
MARKER_SIZE = len(_MARK) + _SINCE + 1
_MAGIC = b"\nAUDOBJ1"
TRAILER_SIZE = len(_MAGIC) + 16 + 32


@frozen
class Place:
    """Where the versions of one key lie."""

    key: str
    folder: Path
    name: str

    def at(self, number: int) -> Path:
        return self.folder / f"{self.name}@{number}"


def place_of(root: Path, key: str) -> Place:
    """Where the object lies. Raises Invalid where ``key`` is none."""
    *folders, name = check_key(key).split("/")
    return Place(key, root.joinpath(*map(_folder_name, folders)), _file_name(name))


def _file_name(name: str) -> str:
    return f"@{name}" if _DEVICES.fullmatch(name) else name


def _folder_name(name: str) -> str:
    return _file_name(name) + ("@" if name.endswith(".") else "")


def key_name(folder: str) -> str | None:
    """The name in keys that a folder on the disk stands for, None where it is a stranger's."""
    name = folder.removeprefix("@").removesuffix("@")
    fits = _VERSION.fullmatch(f"{name}@1") and _folder_name(name) == folder
    return name if fits else None


def version_of(file: str) -> tuple[str, int] | None:
    """Name in keys and number of a file, None where it is a stranger's or a conflict copy."""
    found = _VERSION.fullmatch(file.removeprefix("@"))
    if not found or file != f"{_file_name(found[1])}@{found[2]}":
        return None
    return found[1], int(found[2])


@frozen
class Trailer:
    """What stands behind the bytes of an object."""

    write: bytes
    """16 random bytes of the call that wrote it."""
    digest: bytes
    """sha256 of the bytes."""

    def __bytes__(self) -> bytes:
        return _MAGIC + self.write + self.digest


def read_trailer(data: bytes) -> Trailer | None:
    """The trailer, None where a file was cut off or is none of ours."""
    if len(data) != TRAILER_SIZE or not data.startswith(_MAGIC):
        return None
    return Trailer(data[8:24], data[24:])


def marker(floor: int) -> bytes:
    """What stands in the place of an object's bytes. No version below ``floor`` is the newest."""
    return _MARK + b"%0*d\n" % (_SINCE, floor)


def marker_floor(data: bytes) -> int | None:
    """The number that :func:`marker` was given, None where it is no marker."""
    number = data[len(_MARK) : -1]
    return int(number) if data.startswith(_MARK) and number.isdigit() else None
