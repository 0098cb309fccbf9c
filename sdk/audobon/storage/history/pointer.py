"""Git LFS pointer files, version 1, in their one canonical form.

Source: the format document ``docs/spec.md`` of git-lfs.
"""

from __future__ import annotations

import re

from audobon.errors import Invalid
from audobon.model.version import Pointer

__all__ = ["parse_pointer", "pointer"]

_FORM = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"oid sha256:([0-9a-f]{64})\n"
    rb"size ([1-9][0-9]{0,18})\n"
)
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # sha256 of no bytes
_DIGEST = re.compile(r"[0-9a-f]{64}")


def pointer(digest: str, size: int) -> bytes:
    """The pointer to the bytes with this sha256 (hex) and size in bytes.

    The pointer of an empty file is empty, as git-lfs wants it.
    """
    if not _DIGEST.fullmatch(digest) or size < 0 or (size == 0) != (digest == _EMPTY):
        raise Invalid(
            f"a pointer needs the sha256 of its bytes in hex and their size, not {digest!r} "
            f"and {size}",
            subject=digest,
        )
    if size == 0:
        return b""
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n"
    return text.encode("ascii")


def parse_pointer(data: bytes) -> Pointer | None:
    """Read a pointer; None for bytes that are not one in canonical form.

    A file that somebody committed without git-lfs gives None: its blob is the
    file itself. No bytes at all are the pointer to the empty file.
    """
    if not data:
        return Pointer(_EMPTY, 0)
    match = _FORM.fullmatch(data)
    # Nothing has both a size and the digest of no bytes.
    if match is None or match[1] == _EMPTY.encode("ascii"):
        return None
    return Pointer(match[1].decode("ascii"), int(match[2]))
