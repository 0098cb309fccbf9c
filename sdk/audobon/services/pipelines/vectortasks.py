"""What a worker process does with vectors: looks for the nearest, gathers those of results."""

from __future__ import annotations

import base64
import json
import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.codec.vectors import halved
from audobon.errors import AudobonError, Corrupt
from audobon.storage.vectors import VectorStore
from audobon.system.smallfiles import PLAIN, SmallFiles

if TYPE_CHECKING:
    from audobon.inference.matrix import Matrix
    from audobon.storage.sqlite import Key

__all__ = ["gather", "nearest"]

_AT_ONCE = 4096
_CONTENT = 32
_STALE, _FEW = 1.1, 1_000
"""Rows of the matrix to those of the store, beyond which it is written anew without the rest."""


_open: OrderedDict[tuple[str, str | None, int], tuple[VectorStore, Matrix]] = OrderedDict()
_MOST_OPEN = 4


def _opened(
    store: str, folder: str | None, length: int, key: Key | None
) -> tuple[VectorStore, Matrix]:
    from audobon.inference.heldmatrix import HeldMatrix
    from audobon.inference.matrix import Matrix

    # Not an lru_cache: a key is a secret, which has no hash. A process has one for all its tasks.
    if (found := _open.pop((store, folder, length), None)) is None:
        path = Path(store)
        matrix = HeldMatrix(length) if folder is None else Matrix(Path(folder), length)
        found = VectorStore(path, base=path.parent, read_only=True, key=key), matrix
    _open[store, folder, length] = found
    if len(_open) > _MOST_OPEN:
        _open.popitem(last=False)
    return found


def nearest(
    payload: Mapping[str, Any], check: Callable[[], None], *, key: Key | None = None
) -> dict[str, Any]:
    """``{store, folder, vector, count, among}`` to ``{contents, scores, plan}``, best first.

    The matrix in ``folder``, or for None in memory, is brought up to the store before.
    ``vector`` is as the store keeps it and ``among`` are contents one after the other, or None
    for all; so are ``contents``, and ``scores`` are 32-bit floats: all in base64.
    ``plan`` says how they were looked for, see ``inference.matrix.Plan``. ``key`` opens the store.
    """
    half = base64.b64decode(payload["vector"])
    vector = struct.unpack(f"<{len(half) // 2}e", half)
    store, matrix = _opened(payload["store"], payload["folder"], len(vector), key)
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
    contents = [content for content, _ in found]
    if len(set(contents)) < len(contents):  # one may have been forgotten and come back
        found = list(dict(reversed(found)).items())[::-1]
        contents = [content for content, _ in found]
    plan = matrix.plan(int(payload["count"]), among=None if among is None else len(among))
    scores = struct.pack(f"<{len(found)}f", *[score for _, score in found])
    return {
        "contents": base64.b64encode(b"".join(contents)).decode("ascii"),
        "scores": base64.b64encode(scores).decode("ascii"),
        "plan": [plan.way, plan.rows, plan.compared],
    }


def _bring_up(matrix: Matrix, store: VectorStore, check: Callable[[], None]) -> None:
    last = store.last()
    if matrix.seen == (last, matrix.last):
        return
    with matrix.turn():
        if matrix.last > last:  # the store was begun anew
            matrix.clear()
        while rows := store.since(matrix.last, _AT_ONCE):
            check()
            matrix.append(rows)
        if len(matrix) > _STALE * store.count() + _FEW:
            matrix.keep(store.numbers())
    matrix.seen = (last, matrix.last)


def gather(
    payload: Mapping[str, Any],
    check: Callable[[], None],
    *,
    key: Key | None = None,
    files: SmallFiles = PLAIN,
) -> int:
    """``{store, base, notes, keys}``: results that are not in the store yet go into it; how many.

    ``keys`` are ``[key of a result, content in hex]``, and results lie below ``notes`` as
    ``files`` reads them. ``key`` opens the store.
    """
    from audobon.services.pipelines.results import note_at

    store, found = VectorStore(Path(payload["store"]), base=Path(payload["base"]), key=key), {}
    count = 0
    for name, content in payload["keys"]:
        check()
        try:
            note = json.loads(files.read(note_at(Path(payload["notes"]), name, files)))
            found[bytes.fromhex(content)] = halved(note["values"])
        except (OSError, ValueError, KeyError, TypeError, struct.error, AudobonError):
            continue
        if len(found) >= _AT_ONCE:
            store.put(found)
            count, found = count + len(found), {}
    if found:
        store.put(found)
    store.close()
    return count + len(found)
