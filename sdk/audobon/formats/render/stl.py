"""STL: loose triangles, binary or text."""

from __future__ import annotations

import os
import re

import numpy as np

from audobon.formats.render.rendered import bad, too_large
from audobon.formats.render.triangles import MAX_TRIANGLES, Soup, enlarged, every, indexed

__all__ = ["read"]

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
_MAX_TEXT = 512 << 20
"""Bytes of a text file: about two million triangles."""

_WELD = 300_000
"""Triangles up to which equal corners are found again for smooth shading (0.5 s)."""

_VERTEX = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")


def read(path: str) -> Soup:
    """The triangles of the file; STL has no up axis, printing has z."""
    size = os.path.getsize(path)
    with open(path, "rb") as stream:
        head = stream.read(84)
        claimed = int.from_bytes(head[80:84], "little")
        if head[:5].lower() == b"solid" and 84 + 50 * claimed != size:
            return _text(path, size)
    held = (size - 84) // 50
    if len(head) < 84 or not claimed:
        raise bad(path, "it has no triangles")
    if claimed > held:
        raise bad(path, f"it ends after {max(held, 0)} of {claimed} triangles")
    step = every(claimed)
    records = np.memmap(path, _RECORD, "r", 84, (claimed,))
    return _soup(np.array(records["corners"][::step]), step)


def _soup(corners: np.ndarray[tuple[int, int, int], np.dtype[np.float32]], step: int) -> Soup:
    if step > 1 or len(corners) > _WELD:
        return Soup(enlarged(corners, step), up="z")
    flat = np.ascontiguousarray(corners.reshape(-1, 3)) + np.float32(0)  # -0.0 equals 0.0
    keys = flat.view(np.dtype((np.void, 12))).ravel()
    _unique, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return indexed(flat[first], inverse.reshape(-1, 3), up="z")


def _text(path: str, size: int) -> Soup:
    if size > _MAX_TEXT:
        raise too_large(path, f"{size >> 20} MiB of text", f"{_MAX_TEXT >> 20} MiB")
    numbers = np.empty((0, 3), np.float32)
    rows: list[np.ndarray[tuple[int, int], np.dtype[np.float32]]] = []
    rest = b""
    with open(path, "rb") as stream:
        while piece := stream.read(1 << 24):
            piece = rest + piece
            cut = piece.rfind(b"\n") + 1
            rest, piece = piece[cut:][-4096:], piece[:cut]
            rows.append(np.array(_VERTEX.findall(piece), dtype="S32").astype(np.float32))
            if sum(map(len, rows)) > 6 * MAX_TRIANGLES:
                break
        rows.append(np.array(_VERTEX.findall(rest), dtype="S32").astype(np.float32))
    numbers = np.concatenate([row.reshape(-1, 3) for row in rows])
    if len(numbers) < 3:
        raise bad(path, "it has no triangles")
    corners = numbers[: len(numbers) // 3 * 3].reshape(-1, 3, 3)
    step = every(len(corners))
    return _soup(corners[::step], step)
