"""Death at a chosen call, for the scripts beside this that are forked and killed."""

from __future__ import annotations

import os
import signal
import sys

__all__ = ["die_at_call"]


def die_at_call(number: int) -> None:
    """Kill this process when it asks the system for a file the ``number``-th time."""
    calls = 0

    def hook(event: str, _arguments: tuple[object, ...]) -> None:
        nonlocal calls
        if event != "os.kill" and event.partition(".")[0] in ("open", "os"):
            calls += 1
            if calls >= number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
