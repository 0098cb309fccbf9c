"""What history takes and gives, as inert values: changes, authors, differences, branches."""

from __future__ import annotations

import re

from attrs import Attribute, field, frozen

from audobon.errors import Invalid

__all__ = [
    "MAX_DEPTH",
    "Author",
    "Branch",
    "HistoryStats",
    "PackReport",
    "Tag",
    "TreeChange",
    "TreeDiff",
    "TreeFork",
    "check_path",
]

MAX_DEPTH = 256
"""Folders a path may be deep: half of what git for Windows refuses to walk (512), and far from
Python's recursion limit, because changed trees are written by recursion."""

# Names that git's own `fsck --strict` and checkout refuse on any system, because some
# disk takes them for `.git`: NTFS drops trailing dots and spaces, cuts at a stream's colon
# and knows the short name; HFS+ ignores the listed code points (here as UTF-8).
_DOT_GIT = re.compile(rb"(?:\.git|git~1)[ .]*(?:\Z|:)", re.IGNORECASE)
_HFS_IGNORED = re.compile(rb"\xe2\x80[\x8c-\x8f\xaa-\xae]|\xe2\x81[\xaa-\xaf]|\xef\xbb\xbf")


def _refused(part: bytes) -> str:
    """Why git takes no entry of this name, or empty."""
    if not part:
        return "has an empty part"
    if part in (b".", b".."):
        return f"has the part {part.decode()!r}"
    if b"\0" in part:
        return "holds a zero byte"
    if b"git" in part.lower() or not part.isascii():
        plain = _HFS_IGNORED.sub(b"", part)
        if any(_DOT_GIT.match(piece) for piece in plain.split(b"\\")):
            return (
                f"has the part {part.decode('utf-8', 'replace')!r}, which some disks take for .git"
            )
    return ""


def check_path(path: bytes) -> None:
    """Raise Invalid, naming the part, for a path that git trees cannot hold.

    Any other bytes are fine, UTF-8 or not.
    """
    parts = path.split(b"/")
    for part in parts:
        reason = _refused(part)
        if reason:
            shown = path.decode("utf-8", "backslashreplace")
            raise Invalid(
                f"history cannot hold {shown!r}: it {reason}",
                subject=shown,
                hint="rename the file or folder",
            )
    if len(parts) > MAX_DEPTH:
        shown = path.decode("utf-8", "backslashreplace")
        raise Invalid(
            f"history cannot hold a path of {len(parts)} parts; at most {MAX_DEPTH} are allowed",
            subject=shown,
        )


def _valid_path(_instance: object, _attribute: Attribute[bytes], value: bytes) -> None:
    check_path(value)


def _valid_person(_instance: object, attribute: Attribute[str], value: str) -> None:
    # Git's commit header is a line `name <email> time`; nothing in it can be escaped.
    if any(char in value for char in "<>\n\0") or not value.isprintable():
        raise Invalid(
            f"the author's {attribute.name} {value!r} holds a character that git cannot write; "
            "angle brackets and control characters are not allowed",
            subject=value,
        )


@frozen(slots=True)
class TreeChange:
    """One file of the tree: its new bytes, or None to remove it.

    Removing a path that is not there, or that is a folder, changes nothing.
    Raises Invalid for a path that git refuses (``.git``, ``..``, an empty part).
    """

    path: bytes = field(validator=_valid_path)
    data: bytes | None


@frozen(slots=True)
class Author:
    """Who made a version. Git wants an address: an empty one is written as ``unknown``."""

    name: str = field(validator=_valid_person)
    email: str = field(default="", validator=_valid_person)


@frozen(slots=True)
class TreeDiff:
    """One file that differs between two trees; ``old`` and ``new`` are blob ids or None."""

    path: bytes
    old: str | None
    new: str | None


@frozen(slots=True)
class TreeFork:
    """One file that another line of versions changed; blob ids, None where there is no file."""

    path: bytes
    base: str | None
    ours: str | None
    theirs: str | None


@frozen(slots=True)
class Branch:
    """A branch and the version at its tip; ``current`` when new versions go there."""

    name: str
    id: str
    current: bool = False


@frozen(slots=True)
class Tag:
    """A name that does not move, and the version it names."""

    name: str
    id: str


@frozen(slots=True)
class PackReport:
    """What ``pack`` did.

    ``packed`` counts loose objects that are in a pack now, ``removed`` the
    loose files it deleted, ``damaged`` names objects it left alone because
    their bytes do not match their name.
    """

    packed: int = 0
    removed: int = 0
    damaged: tuple[str, ...] = ()


@frozen(slots=True)
class HistoryStats:
    """How the objects lie on the disk; sizes in bytes."""

    loose: int
    loose_size: int
    packs: int
    packed: int
    packs_size: int
