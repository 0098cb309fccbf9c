"""What happens in this process, added up in memory and handed on now and then.

To note something costs some microseconds and touches no disk. A thread hands on what has
gathered half a minute after the first of it, and closing hands on the rest: what a killed
process had noted since then is lost, and nothing else.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

from audobon.errors import AudobonError, Cancelled
from audobon.model.tally import HOUR_S, Labels, Tally, bucket_of

__all__ = ["Meter", "raised_at"]

_EVERY_S = 30.0
# What somebody who looks at a panel waits for at most; one transaction of some milliseconds.
_ROOM = 5_000
# Series that may wait: some megabytes, a hundred times what there are in any hour.
_OURS = "audobon."

Sink = Callable[[list[Tally]], object]


class _Sum:
    """One series that grows."""

    __slots__ = ("buckets", "count", "first", "last", "least", "most", "total")

    def __init__(self, now: int) -> None:
        self.count, self.total = 0, 0.0
        self.least, self.most = math.inf, -math.inf
        self.buckets: dict[int, int] = {}
        self.first = self.last = now


class Meter:
    """Adds up for one open library. ``sink`` takes tallies of hours. Usable from several threads.

    After :meth:`close` what is noted is dropped.
    """

    def __init__(self) -> None:
        self.sink: Sink | None = None
        self.before: Callable[[], object] = lambda: None
        """Called before tallies are handed on, for what is looked at rather than noted."""
        self._lock = threading.Lock()
        self._handing = threading.Lock()
        self._sums: dict[tuple[int, str, Labels], _Sum] = {}
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._closed = False

    def timing(self, name: str, seconds: float, **labels: str) -> None:
        """Note how long something took."""
        self._note(name, labels, seconds, bucket_of(seconds))

    def level(self, name: str, value: float, **labels: str) -> None:
        """Note how much of something there is. It waits for the next that is handed on."""
        self._note(name, labels, value, arm=False)

    def count(self, name: str, number: int = 1, **labels: str) -> None:
        """Note that something happened ``number`` times."""
        if number:
            self._note(name, labels, 0.0, number=number)

    def error(self, kind: str, error: BaseException) -> None:
        """Note that ``kind`` (a call or a kind of job) failed. Who cancels has no error."""
        if not isinstance(error, Cancelled):
            code = error.code if isinstance(error, AudobonError) else AudobonError.code
            self.count("error", at=raised_at(error.__traceback__), code=str(code), kind=kind)

    @contextlib.contextmanager
    def call(self, name: str) -> Iterator[None]:
        """Time what is done inside as a call, and note its error."""
        begun, outcome = time.perf_counter(), "ok"
        try:
            yield
        except Cancelled:
            outcome = "cancelled"
            raise
        except Exception as error:
            outcome = "failed"
            self.error(name, error)
            raise
        finally:
            self.timing("call", time.perf_counter() - begun, call=name, outcome=outcome)

    def _note(
        self,
        name: str,
        labels: dict[str, str],
        value: float,
        bucket: int | None = None,
        number: int = 1,
        arm: bool = True,
    ) -> None:
        now = int(time.time())
        key = now // HOUR_S * HOUR_S, name, tuple(sorted(labels.items()))
        with self._lock:
            held = self._sums.get(key)
            if held is None:
                if self._closed or self.sink is None or len(self._sums) >= _ROOM:
                    return
                held = self._sums[key] = _Sum(now)
                if arm:
                    self._arm()
            held.count += number
            held.total += value
            held.least, held.most = min(held.least, value), max(held.most, value)
            held.last = now
            if bucket is not None:
                held.buckets[bucket] = held.buckets.get(bucket, 0) + 1

    def _arm(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._later, name="audobon-meter", daemon=True)
            self._thread.start()

    def _later(self) -> None:
        self._wake.wait(_EVERY_S)
        with self._lock:
            self._thread = None  # what comes from now on has a thread of its own
        if not self._wake.is_set():
            self.flush()

    def flush(self) -> None:
        """Hand on what has gathered. Never raises: what cannot be kept is dropped."""
        sink = self.sink
        if sink is None:
            return
        with self._handing, contextlib.suppress(AudobonError, OSError):
            self.before()
            with self._lock:
                sums, self._sums = self._sums, {}
            if sums:
                sink([_told(key, held) for key, held in sums.items()])

    def close(self) -> None:
        """Hand on the rest; safe to call twice."""
        with self._lock:
            thread, self._thread = self._thread, None
            noted = bool(self._sums) and not self._closed
        self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            # One whose start Ctrl-C cut short cannot be waited for.
            with contextlib.suppress(RuntimeError):
                thread.join()
        if noted:
            self.flush()
        # A thread that hands on just now needs what is closed after this.
        with self._handing, self._lock:
            self._closed = True
            self._sums.clear()


def _told(key: tuple[int, str, Labels], held: _Sum) -> Tally:
    start, name, labels = key
    return Tally(
        *(start, HOUR_S, name, labels, held.count, held.total, held.least, held.most),
        *(held.buckets, held.first, held.last),
    )


def raised_at(trace: TracebackType | None) -> str:
    """The module of this package in which an error was raised, without the package's name."""
    found = ""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.startswith(_OURS):
            found = module.removeprefix(_OURS)
        trace = trace.tb_next
    return found
