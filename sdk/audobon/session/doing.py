"""Changes and versions, one after another, with progress and an end that is told."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from audobon.errors import Cancelled, Purged
from audobon.session.lane import Lane
from audobon.session.state import Doing, Notice, problem_of
from audobon.session.unread import Partly

if TYPE_CHECKING:
    from audobon.library import Library

__all__ = ["Doer", "Report", "Work"]

_SHOWN_S = 0.1
# Telling of progress more often than this costs more than it shows.


class Report:
    """What a piece of work is given to tell how far it is, and to ask whether it is to stop."""

    def __init__(self, tell: Callable[[float | None, str], None], stopped: threading.Event) -> None:
        self._tell = tell
        self._stopped = stopped
        self._told = 0.0

    def progress(self, done: int, total: int | None, text: str) -> None:
        """As the calls of ``Library`` want it."""
        now = time.monotonic()
        if now - self._told >= _SHOWN_S:
            self._told = now
            self._tell(done / total if total else None, text)

    def cancelled(self) -> bool:
        return self._stopped.is_set()


Work = Callable[["Library", Report], "str | None"]
"""Done on the session's thread; gives the sentence that tells what was done, None for none.

A ``Partly`` tells that some of it failed."""


class Doer:
    """Does work on one open library in the order it was asked for.

    ``update`` is told what is being done, as ``field``, and how it ended, with
    a number of ``numbers``. ``then`` of a piece
    of work is kept for :meth:`finished`, so that the host runs it in a thread
    of its own choice; for work that failed or was cancelled it is ``otherwise``.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        update: Callable[..., None],
        *,
        numbers: Iterator[int],
        field: str = "doing",
    ) -> None:
        self._field = field
        self._library = library
        self._lane = lane
        self._update = update
        self._numbers = numbers
        self._waiting = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._name = ""
        self._ended = False
        self._thens: collections.deque[Callable[[], None]] = collections.deque()

    def do(
        self,
        name: str,
        work: Work,
        then: Callable[[], None] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Do a piece of work in its turn; returns at once."""
        with self._lock:
            self._waiting += 1
        self._lane.put(lambda: self._run(name, work, then, otherwise))

    def cancel(self) -> None:
        """Ask the work that is being done to stop; what waits behind it still begins."""
        self._stop.set()
        self._show(None, "", cancelling=True)

    def end(self) -> None:
        """As :meth:`cancel`, for good: what begins later is to stop at once."""
        self._ended = True
        self.cancel()

    def finished(self) -> Callable[[], None] | None:
        """The next thing to be called in the host's own thread, None when there is none."""
        return self._thens.popleft() if self._thens else None

    def _show(self, fraction: float | None, text: str, *, cancelling: bool = False) -> None:
        if self._name:
            waiting = max(0, self._waiting - 1)
            doing = Doing(self._name, fraction, text, waiting, cancelling)
            self._update(**{self._field: doing})

    def _run(
        self,
        name: str,
        work: Work,
        then: Callable[[], None] | None,
        otherwise: Callable[[], None] | None,
    ) -> None:
        if not self._ended:
            self._stop.clear()
        self._name = name
        self._show(None, "")
        last = otherwise
        try:
            text, problem = work(self._library, Report(self._show, self._stop)), None
            last = then
        except Purged as error:
            text, problem = f"{name}: {error.message}", None
        except Cancelled:
            text, problem = f"{name}: cancelled", None
        except Exception as error:  # noqa: BLE001  # whatever it is, the person asked for this
            text, problem = name, problem_of(error)
        finally:
            if last is not None:
                self._thens.append(last)
            with self._lock:
                self._waiting -= 1
            self._name = ""
            self._update(**{self._field: None})
        if text is not None:
            partly = isinstance(text, Partly)
            self._update(notice=Notice(next(self._numbers), str(text), problem, partly))
