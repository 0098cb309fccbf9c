"""Work on a second thread while the first goes on: engines let go of Python while they look."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["begun"]

_T = TypeVar("_T")


def begun(work: Callable[[], _T]) -> Callable[[], _T]:
    """Begin ``work`` on a thread of its own; what is given back waits for what it returns or
    raises. Nobody has to ask: the thread ends by itself, and holds no process up.

    A thread costs 0.1 ms to start. A pool of them would live on in a host that is forked or ends.
    """
    made: list[_T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            made.append(work())
        except BaseException as error:  # noqa: BLE001  # a panic of the engine is no Exception
            failed.append(error)

    thread = threading.Thread(target=run, name="audobon-beside", daemon=True)
    thread.start()

    def result() -> _T:
        thread.join()
        if failed:
            raise failed[0]
        return made[0]

    return result
