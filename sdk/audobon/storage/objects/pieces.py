"""An object in pieces, in order, some of which threads fetch ahead of the one that is wanted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor

from audobon.storage.objects.flow import moved

__all__ = ["Pieces"]


class Pieces:
    """``ahead`` pieces at most are fetched or held before they are wanted, by all who ask at once.

    So memory is bounded, and many objects at a time, each of which has a thread already, are not
    slowed down. Usable from several threads.
    """

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead
        self._spare = threading.BoundedSemaphore(ahead)
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def each(
        self, piece: Callable[[int, int], bytes], start: int, size: int, length: int
    ) -> Generator[bytes, None, None]:
        """``piece(start, end)`` of all from ``start`` to ``size``, in order; it is called in any
        thread. What it raises is raised at its piece.

        The bytes are told to whoever listens as they are handed out. Close it when it is left.
        """
        waiting: deque[Future[bytes]] = deque()
        at = start
        try:
            while at < size or waiting:
                own = None
                if not waiting:  # nobody fetches the next one: this thread does
                    own = (at, min(at + length, size))
                    at = own[1]
                while at < size and self._spare.acquire(blocking=False):
                    end = min(at + length, size)
                    waiting.append(self._threads().submit(piece, at, end))
                    at = end
                if own is not None:
                    data = piece(*own)
                else:
                    future = waiting.popleft()
                    try:
                        data = future.result()
                    finally:
                        self._spare.release()
                moved(len(data))
                yield data
        finally:
            for left in waiting:
                left.add_done_callback(lambda _: self._spare.release())
                left.cancel()

    def close(self) -> None:
        """Wait for what is on its way. May be called twice."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._ahead, "audobon-pieces")
            return self._pool
