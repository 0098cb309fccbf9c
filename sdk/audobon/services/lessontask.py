"""What a worker process does for lessons: learns a head, and says what it says of all vectors."""

from __future__ import annotations

import base64
import heapq
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon.storage.sqlite import Key
from audobon.storage.vectors import VectorStore
from audobon.work.child import TaskContext

__all__ = ["learn_task", "score_task"]

_AT_ONCE = 4096


def learn_task(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """As ``learning.plain`` says of ``taught``; what it tells on the way is given as parts."""
    from audobon.learning.plain import taught

    def report(done: float, live: Mapping[str, Any]) -> None:
        if live:
            context.give(live)
        context.progress(done)

    return taught(payload, report, context.check)


def score_task(
    payload: Mapping[str, Any], context: TaskContext, *, key: Key | None = None
) -> dict[str, str]:
    """``{store, weights, least, most}``: contents with at least the score ``least``.

    The best ``most`` of them, as ``contents`` one after the other and ``scores`` as 32-bit
    floats, both in base64.
    """
    from audobon.learning.plain import chances

    weights = base64.b64decode(payload["weights"])
    path, least, most = Path(payload["store"]), float(payload["least"]), int(payload["most"])
    store = VectorStore(path, base=path.parent, read_only=True, key=key)
    found: list[tuple[float, bytes]] = []
    last, count, total = 0, 0, max(store.count(), 1)
    try:
        while rows := store.since(last, _AT_ONCE):
            context.check()
            last, count = rows[-1][0], count + len(rows)
            said = chances([half for _, _, half in rows], weights)
            there = zip(said, rows, strict=True)
            new = ((chance, content) for chance, (_, content, _) in there if chance >= least)
            found = heapq.nlargest(most, (*found, *new))
            context.progress(count / total)
    finally:
        store.close()
    scores = struct.pack(f"<{len(found)}f", *(score for score, _ in found))
    return {
        "contents": base64.b64encode(b"".join(content for _, content in found)).decode("ascii"),
        "scores": base64.b64encode(scores).decode("ascii"),
    }
