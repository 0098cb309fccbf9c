"""Wavefront OBJ: vertices and polygons as text, read in pieces."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np

from audobon.formats.render.rendered import bad, too_large
from audobon.formats.render.triangles import Soup, fan, indexed

__all__ = ["read"]

_MAX_TEXT = 512 << 20
"""Bytes of a file: about four million vertices."""

_MAX_FACES = 4_000_000
"""Triangles kept while reading (100 MB); what follows is left out."""

_PIECE = 1 << 24
_REST = re.compile(rb"/[^\s]*")
_FOLDED = re.compile(rb"\\\r?\n")


def read(path: str) -> Soup:
    """The surface of the file; y is up, as most programs export it."""
    size = os.path.getsize(path)
    if size > _MAX_TEXT:
        raise too_large(path, f"{size >> 20} MiB of text", f"{_MAX_TEXT >> 20} MiB")
    vertices: list[Any] = []
    faces: list[Any] = []
    known = kept = 0
    rest = b""
    with open(path, "rb") as stream:
        while True:
            piece = stream.read(_PIECE)
            cut = piece.rfind(b"\n") + 1 if piece else 0
            text, rest = (rest + piece[:cut], piece[cut:]) if piece else (rest, b"")
            found, polygons = _piece(text, known)
            vertices.append(found)
            known += len(found)
            if kept < _MAX_FACES:
                faces.append(polygons)
                kept += len(polygons)
            if not piece:
                break
    if not known:
        raise bad(path, "it has no vertices")
    return indexed(np.concatenate(vertices), np.concatenate(faces), up="y")


def _piece(text: bytes, known: int) -> tuple[Any, Any]:
    """Vertices and triangles (counted from 0) of whole lines; ``known`` vertices came before."""
    if b"\\" in text:
        text = _FOLDED.sub(b" ", text)
    lines = [line.lstrip() for line in text.splitlines()]
    points = [line[2:].split() for line in lines if line[:2] in (b"v ", b"v\t")]
    vertices = _vertices(points)
    shapes = [line[2:] for line in lines if line[:2] in (b"f ", b"f\t")]
    if not shapes:
        return vertices, np.zeros((0, 3), np.int64)
    cleaned = _REST.sub(b"", b"\n".join(shapes)).split(b"\n")
    words = [line.split(b"#", 1)[0].split() for line in cleaned]
    sizes = np.array([len(each) for each in words])
    flat = np.array([word for each in words for word in each], dtype="S12")
    numbers = flat.astype(np.int64) if len(flat) else np.zeros(0, np.int64)
    if (numbers < 0).any():
        numbers = _absolute(lines, numbers, sizes, known)
    return vertices, fan(sizes, numbers - 1)


def _vertices(points: list[list[bytes]]) -> Any:
    if not points:
        return np.zeros((0, 3), np.float32)
    flat = [word for each in points for word in (each[:3] if len(each) > 2 else (b"nan",) * 3)]
    return np.array(flat, dtype="S32").astype(np.float32).reshape(-1, 3)


def _absolute(lines: list[bytes], numbers: Any, sizes: Any, known: int) -> Any:
    """Negative indices count back from the vertices that were there at their line."""
    seen = known
    at = []
    for line in lines:
        if line[:2] in (b"v ", b"v\t"):
            seen += 1
        elif line[:2] in (b"f ", b"f\t"):
            at.append(seen)
    there = np.repeat(np.array(at), sizes)
    return np.where(numbers < 0, numbers + there + 1, numbers)
