"""What a worker process does for lessons: learns a head, and says what it says of all vectors."""

from __future__ import annotations

import base64
import heapq
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audobon.storage.sqlite import Key
from audobon.storage.vectors import VectorStore
from audobon.work.child import TaskContext

__all__ = ["learn_task", "liken_task", "order_task", "rate_task", "score_task", "stars_task"]

_AT_ONCE = 4096
_CONTENT = 32


def learn_task(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """As ``learning.plain`` says of ``taught``; what it tells on the way is given as parts."""
    from audobon.learning.plain import taught

    return taught(payload, _telling(context), context.check)


def rate_task(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """As ``learning.plainstars`` says of ``taught_stars``; the same is told on the way."""
    from audobon.learning.plainstars import taught_stars

    return taught_stars(payload, _telling(context), context.check)


def liken_task(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """As ``learning.plainlikeness`` says of ``taught_likeness``; the same is told on the way."""
    from audobon.learning.plainlikeness import taught_likeness

    return taught_likeness(payload, _telling(context), context.check)


def _telling(context: TaskContext) -> Callable[[float, Mapping[str, Any]], None]:
    def report(done: float, live: Mapping[str, Any]) -> None:
        if live:
            context.give(live)
        context.progress(done)

    return report


def score_task(
    payload: Mapping[str, Any], context: TaskContext, *, key: Key | None = None
) -> dict[str, str]:
    """``{store, weights, least, most}``: contents with at least the score ``least``.

    The best ``most`` of them, as ``contents`` one after the other and ``scores`` as 32-bit
    floats, both in base64.
    """
    from audobon.learning.plain import chances

    return _best(payload, context, chances, key)


def stars_task(
    payload: Mapping[str, Any], context: TaskContext, *, key: Key | None = None
) -> dict[str, str]:
    """The same for ratings, with ``among``: contents one after the other in base64, the only ones
    that are asked for."""
    from audobon.learning.plainstars import stars_of

    return _best(payload, context, stars_of, key)


def _best(
    payload: Mapping[str, Any],
    context: TaskContext,
    say: Callable[[list[bytes], bytes], list[float]],
    key: Key | None,
) -> dict[str, str]:
    weights = base64.b64decode(payload["weights"])
    among = None
    if payload.get("among") is not None:
        names = base64.b64decode(payload["among"])
        among = {names[at : at + _CONTENT] for at in range(0, len(names), _CONTENT)}
    path, least, most = Path(payload["store"]), float(payload["least"]), int(payload["most"])
    store = VectorStore(path, base=path.parent, read_only=True, key=key)
    found: list[tuple[float, bytes]] = []
    last, count, total = 0, 0, max(store.count(), 1)
    try:
        while rows := store.since(last, _AT_ONCE):
            context.check()
            last, count = rows[-1][0], count + len(rows)
            asked = [row for row in rows if among is None or row[1] in among]
            said = say([half for _, _, half in asked], weights) if asked else []
            there = zip(said, asked, strict=True)
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


def order_task(payload: Mapping[str, Any], context: TaskContext, *, key: Key | None = None) -> str:
    """``{store, weights, vector, contents}``: how alike each is to the vector by what was learnt.

    ``contents`` come one after the other, and what is given are 32-bit floats, all in base64. One
    that the store has not any more is as unlike as can be.
    """
    from audobon.learning.plainlikeness import ordered

    context.check()
    path, names = Path(payload["store"]), base64.b64decode(payload["contents"])
    store = VectorStore(path, base=path.parent, read_only=True, key=key)
    try:
        each = [store.get(names[at : at + _CONTENT]) for at in range(0, len(names), _CONTENT)]
    finally:
        store.close()
    there = [half for half in each if half is not None]
    asked, weights = base64.b64decode(payload["vector"]), base64.b64decode(payload["weights"])
    said = iter(ordered(asked, there, weights) if there else ())
    scores = [-1.0 if half is None else next(said) for half in each]
    return base64.b64encode(struct.pack(f"<{len(scores)}f", *scores)).decode("ascii")
