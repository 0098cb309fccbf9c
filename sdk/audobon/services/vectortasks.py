"""What a worker process does with vectors: looks for the nearest, gathers those of results."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.codec.vectors import halved
from audobon.errors import Corrupt
from audobon.storage.vectors import VectorStore
from audobon.system.locks import FileLock

if TYPE_CHECKING:
    from audobon.inference.matrix import Matrix

__all__ = ["gather", "nearest"]

_AT_ONCE = 4096
_CONTENT = 32


@lru_cache(maxsize=4)
def _opened(store: str, folder: str, length: int) -> tuple[VectorStore, Matrix]:
    from audobon.inference.matrix import Matrix

    path = Path(store)
    return VectorStore(path, base=path.parent, read_only=True), Matrix(Path(folder), length)


def nearest(payload: Mapping[str, Any], check: Callable[[], None]) -> list[list[Any]]:
    """``{store, folder, vector, count, among}`` to ``[content in hex, product]``, best first.

    The matrix in ``folder`` is brought up to the store before. ``vector`` is as
    the store keeps it and ``among`` are contents one after the other, or None
    for all, both in base64.
    """
    half = base64.b64decode(payload["vector"])
    vector = struct.unpack(f"<{len(half) // 2}e", half)
    store, matrix = _opened(payload["store"], payload["folder"], len(vector))
    among = None
    if payload["among"] is not None:
        names = base64.b64decode(payload["among"])
        among = [names[at : at + _CONTENT] for at in range(0, len(names), _CONTENT)]
    _bring_up(matrix, store, check)
    try:
        found = matrix.near(vector, int(payload["count"]), among=among)
    except Corrupt:
        matrix.clear()
        _bring_up(matrix, store, check)
        found = matrix.near(vector, int(payload["count"]), among=among)
    return [[content.hex(), round(score, 5)] for content, score in found]


def _bring_up(matrix: Matrix, store: VectorStore, check: Callable[[], None]) -> None:
    last = store.last()
    if matrix.last == last:
        return
    matrix.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(matrix.folder / "lock", timeout_s=60.0):
        if matrix.last > last:  # the store was begun anew
            matrix.clear()
        while rows := store.since(matrix.last, _AT_ONCE):
            check()
            matrix.append(rows)


def gather(payload: Mapping[str, Any], check: Callable[[], None]) -> int:
    """``{store, base, notes, keys}``: results that are not in the store yet go into it; how many.

    ``keys`` are ``[key of a result, content in hex]``, and results lie below ``notes``.
    """
    store, found = VectorStore(Path(payload["store"]), base=Path(payload["base"])), {}
    count = 0
    for key, content in payload["keys"]:
        check()
        try:
            note = json.loads(Path(payload["notes"], key[:2], f"{key}.json").read_bytes())
            found[bytes.fromhex(content)] = halved(note["values"])
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            continue
        if len(found) >= _AT_ONCE:
            store.put(found)
            count, found = count + len(found), {}
    if found:
        store.put(found)
    store.close()
    return count + len(found)
