"""Which of many vectors are nearest to one. In a worker process.

Vectors are read from results of pipelines once, and kept in one file of
16-bit floats beside them, so that a hundred thousand take a tenth of a second.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audobon.codec.vectors import unpack_values

__all__ = ["nearest"]

_KEY = 64  # characters of a key: a sha256 in hex
_UNIT = (0.98, 1.02)  # the length of a vector in 16 bits; another one was damaged on the disk
_SPARE = 10_000  # vectors of bytes that are gone, beyond which the file is written anew
_ROWS = 4096  # multiplied at a time: 20 MB


def nearest(payload: Mapping[str, Any], check: Callable[[], None]) -> dict[str, Any]:
    """``{vector, keys, notes, store, count}`` to ``{near, missing}``.

    ``keys`` name results below the folder ``notes`` and ``store`` is the file
    of the vectors. ``near`` are ``[number in keys, likeness]``, the most alike
    first, at most ``count``; ``missing`` are the numbers of keys that have no
    result.
    """
    wanted = np.asarray(unpack_values(payload["vector"]), np.float32)
    keys: Sequence[str] = payload["keys"]
    store = Path(payload["store"])
    kind = np.dtype([("key", f"S{_KEY}"), ("vector", "<f2", (len(wanted),))])
    known = _load(store, kind)
    places = {bytes(key): place for place, key in enumerate(known["key"])}
    new: list[tuple[bytes, Any]] = []
    missing: list[int] = []
    for number, key in enumerate(keys):
        if key.encode() in places:
            continue
        check()
        vector = _note(Path(payload["notes"]) / key[:2] / f"{key}.json", len(wanted))
        if vector is None:
            missing.append(number)
        else:
            places[key.encode()] = len(known) + len(new)
            new.append((key.encode(), vector))
    rows = np.concatenate([known, np.array(new, kind)]) if new else known
    numbers = [number for number, key in enumerate(keys) if key.encode() in places]
    chosen = rows[[places[keys[number].encode()] for number in numbers]]
    if new:
        _keep(store, rows if len(rows) <= 2 * len(chosen) + _SPARE else chosen)
    scores = _scores(chosen["vector"], wanted, check)
    first = np.argsort(-scores, kind="stable")[: payload["count"]]
    return {
        "near": [[numbers[each], round(float(scores[each]), 4)] for each in first],
        "missing": missing,
    }


def _scores(vectors: Any, wanted: Any, check: Callable[[], None]) -> Any:
    scores = np.empty(len(vectors), np.float32)
    for begin in range(0, len(vectors), _ROWS):
        check()
        part = vectors[begin : begin + _ROWS].astype(np.float32)
        scores[begin : begin + _ROWS] = part @ wanted
    return scores


def _load(store: Path, kind: Any) -> Any:
    """What is kept, without what a kill has cut off and a disk has damaged."""
    try:
        data = store.read_bytes()
    except OSError:
        return np.empty(0, kind)
    rows = np.frombuffer(data, kind, len(data) // kind.itemsize)
    lengths = np.linalg.norm(rows["vector"].astype(np.float32), axis=1)
    return rows[(lengths > _UNIT[0]) & (lengths < _UNIT[1])]


def _keep(store: Path, rows: Any) -> None:
    part = store.with_name(f"{store.name}.{os.getpid()}.part")
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        rows.tofile(part)
        part.replace(store)
    except OSError:  # a full disk: they are read again from the results next time
        with contextlib.suppress(OSError):
            part.unlink()


def _note(path: Path, length: int) -> Any:
    try:
        values = unpack_values(json.loads(path.read_bytes())["values"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    vector = np.asarray(values, np.float32)
    return vector if vector.shape == (length,) else None
