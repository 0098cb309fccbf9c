"""What questions by likeness ask of hundreds of assets is read into memory, beside them."""

from __future__ import annotations

import contextlib
import threading

from audobon.errors import AudobonError
from audobon.services.core.stores import Stores

__all__ = ["gather_beside"]

_PART = 500  # assets: less than a millisecond, for which other threads may wait for Python
_REST_S = 0.005  # between two parts: a million are read in 12 s, by a seventh of a core
_NAME = "gathering"


class _Gathering:
    """A thread that reads until all is read, or until it is closed."""

    def __init__(self, stores: Stores) -> None:
        self._stores, self._ends = stores, threading.Event()
        self._thread: threading.Thread | None = None

    def go_on(self) -> None:
        if self._ends.is_set() or (self._thread is not None and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self._run, name="audobon-gathering", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(AudobonError):  # whoever asks the catalog next is told
            self._stores.catalog.keep_few_pages()
            while not self._ends.is_set() and self._stores.catalog.gather(_PART):
                self._ends.wait(_REST_S)

    def close(self) -> None:
        self._ends.set()
        if self._thread is not None:
            self._thread.join()


def gather_beside(stores: Stores) -> None:
    """Called after each question: from the second one on a thread reads what is not read yet.

    A process that asks once, as the command line does, pays nothing.
    """
    known = stores.remembered.get(_NAME)
    if known is None:
        stores.remembered[_NAME] = gathering = _Gathering(stores)
        stores.before_close.append(gathering.close)
    elif isinstance(known, _Gathering) and stores.catalog.behind:
        known.go_on()
