"""Several transfers at once: bounded, in order of their beginning, stopped together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from audobon.errors import Cancelled
from audobon.model.stopping import never

__all__ = ["THREADS", "in_turn", "never"]

THREADS = 8
"""Transfers at a time: those of a bucket wait for its answer most of the time."""

_A = TypeVar("_A")
_R = TypeVar("_R")


def in_turn(
    call: Callable[[_A], _R],
    items: Iterable[_A],
    *,
    cancel: Callable[[], bool] = never,
    ahead: int = THREADS,
) -> Iterator[_R]:
    """``call`` of each item in threads; results in the order of the items.

    At most ``ahead`` items are begun and not yet handed out, so memory and
    disk are bounded however many there are. The first error ends it; what was
    begun is waited for. Raises Cancelled.
    """
    waiting: deque[Future[_R]] = deque()
    with ThreadPoolExecutor(min(ahead, THREADS), "audobon-transfer") as pool:
        try:
            for item in items:
                if cancel():
                    raise Cancelled("the transfer was cancelled; what is there stays")
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(call, item))
            while waiting:
                if cancel():
                    raise Cancelled("the transfer was cancelled; what is there stays")
                yield waiting.popleft().result()
        finally:
            for left in waiting:
                left.cancel()
