"""The names of objects in a depot."""

from __future__ import annotations

import re
from typing import Final

from audobon.errors import Corrupt
from audobon.storage.chunks.layout import PACK_SUFFIX
from audobon.storage.objects.base import check_key

__all__ = [
    "GIT",
    "HEADER",
    "INDEX",
    "LOCKS",
    "PACKS",
    "PREVIEWS",
    "REFS",
    "RESULTS",
    "pack_keys",
    "ref_key",
    "ref_of",
]

HEADER: Final = "audobon.json"
PACKS: Final = "packs/"
INDEX: Final = "index/"
GIT: Final = "git/"
PREVIEWS: Final = "previews/"
RESULTS: Final = "results/"
REFS: Final = "refs/"
LOCKS: Final = "locks/"

_SUFFIX = ".json"
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-")
_ESCAPED = re.compile(r"_([0-9a-f]{2})")


def pack_keys(name: str) -> tuple[str, str]:
    """The two objects of a pack: its bytes, and what is in it."""
    return f"{PACKS}{name}{PACK_SUFFIX}", INDEX + name


def ref_key(ref: str) -> str:
    """The key of a ref by its full name, ``refs/heads/main``. Invalid for one that is too long.

    ``refs/heads/`` stays as it is; of the rest every byte but a-z, 0-9 and ``-``
    is written ``_`` and two hex digits, because keys have neither capitals nor
    accents and two branches must never share an object.
    """
    kind, _, name = ref.removeprefix(REFS).partition("/")
    return check_key(f"{REFS}{kind}/{_escaped(name)}{_SUFFIX}")


def ref_of(key: str) -> str:
    """Inverse of :func:`ref_key`. Corrupt for what is not its result."""
    kind, _, name = key.removeprefix(REFS).partition("/")
    try:
        raw = re.sub(_ESCAPED, lambda m: chr(int(m[1], 16)), name.removesuffix(_SUFFIX))
        ref = f"{REFS}{kind}/{raw.encode('latin-1').decode()}"
    except ValueError as exc:
        raise Corrupt(f"{key} is no name of a ref", subject=key) from exc
    if ref_key(ref) != key:
        raise Corrupt(f"{key} is no name of a ref", subject=key)
    return ref


def _escaped(name: str) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"_{byte:02x}" for byte in name.encode())
