"""From what stands in a file to the place on the disk that it means."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote, urlsplit

from audobon.system.names import fold

__all__ = ["TILES", "meant", "name_of", "place_of", "tile_names", "tiles_of"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # two letters at least: C: is a drive
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_PACKAGE = re.compile(r"(.+\.usdz)\[[^\]]*\]", re.IGNORECASE)
_URLS = ("svg",)  # glTF is read with its percent signs resolved already
_RELATIVE = ("blend",)  # whose "//" is the folder of the file

_TOKENS = re.compile(r"<(udim|uvtile)>", re.IGNORECASE)
TILES = tuple(f"{1001 + u + 10 * v}" for v in range(10) for u in range(10))
"""The numbers of the tiles that ``<UDIM>`` stands for."""
_UDIM = re.compile(r"(?<!\d)1[0-9]{3}(?!\d)")
_UVTILE = re.compile(r"u\d{1,2}_v\d{1,2}", re.IGNORECASE)


def meant(written: str, form: str) -> str | None:
    """The path that stands in a file of the format ``form``, with ``/`` between its parts.

    None for what is no file: an address of the network, data, nothing.
    """
    text = written.strip()
    if form in _URLS:
        text = text.partition("#")[0]
    scheme = _SCHEME.match(text)
    if scheme is not None:
        if scheme[1].lower() != "file":
            return None
        path = unquote(urlsplit(text).path)
        text = path[1:] if _DRIVE.match(path[1:]) else path
    elif form in _URLS:
        text = unquote(text)
    package = _PACKAGE.fullmatch(text)
    if package is not None:
        text = package[1]
    if not text or "\0" in text:
        return None
    if form in _RELATIVE and text.startswith("//"):
        return f"./{text[2:]}".replace("\\", "/")
    return text.replace("\\", "/")


def name_of(path: str) -> str:
    """The last part of what :func:`meant` says, folded: what it is looked up by."""
    return fold(path.rstrip("/").rpartition("/")[2])


def place_of(path: str, holder: str) -> str | None:
    """Where what :func:`meant` says of the file ``holder`` lies on this machine.

    None for a path of another system: one with a drive or a server where there are none.
    """
    if os.name != "nt" and (_DRIVE.match(path) or path.startswith("//")):
        return None
    folder = os.path.dirname(os.path.abspath(holder))
    return os.path.normpath(os.path.join(folder, path))


def tile_names(name: str) -> tuple[str, ...]:
    """A name of a file, folded, and what stands for it where it is one tile of many."""
    name = fold(name)
    found = [name]
    found += [f"{name[: one.start()]}<udim>{name[one.end() :]}" for one in _UDIM.finditer(name)]
    found += [f"{name[: one.start()]}<uvtile>{name[one.end() :]}" for one in _UVTILE.finditer(name)]
    return tuple(found)


def tiles_of(place: str) -> tuple[str, ...]:
    """The places of all tiles that a place with a token stands for; itself where it has none."""
    head, tail = os.path.split(place)
    token = _TOKENS.search(tail)
    if token is None:
        return (place,)
    if token[1].lower() == "udim":
        numbers = TILES
    else:
        numbers = tuple(f"u{u}_v{v}" for v in range(1, 11) for u in range(1, 11))
    start, end = tail[: token.start()], tail[token.end() :]
    return tuple(os.path.join(head, f"{start}{number}{end}") for number in numbers)
