"""What the tests of workers share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = str(Path(__file__).parent)
TASKS = "worktasks:TASKS"


def wait_for(condition: Callable[[], bool], *, what: str, patience_s: float = 30.0) -> None:
    """Wait until something has happened; the patience only bounds a failing test."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"{what} has not happened after {patience_s} s")
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether process ``pid`` runs; one that has ended and is not taken away does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
