"""Why a worker process ended, as one of the project's errors."""

from __future__ import annotations

import re
import signal
import sys

from audobon.errors import AudobonError, LimitExceeded, WorkerDied
from audobon.model.job import Limits
from audobon.system.processes import signal_name
from audobon.work.messages import EXIT_CPU, EXIT_MEMORY

__all__ = ["explain", "last_words", "memory_exceeded"]

_MEMORY_WORDS = re.compile(
    rb"bad_alloc|out of memory|cannot allocate memory|MemoryError|memory exhausted", re.IGNORECASE
)
_WINDOWS_ENDS = {
    0xC0000005: "an access violation",
    0xC00000FD: "a stack overflow",
    0xC0000374: "a damaged heap",
    0xC0000409: "a failed security check",
}
_WINDOWS_NO_MEMORY = (0xC0000017, 0xC000012D)  # STATUS_NO_MEMORY, STATUS_COMMITMENT_LIMIT


def memory_exceeded(limits: Limits) -> LimitExceeded:
    allowed = limits.memory >> 20
    return LimitExceeded(f"the task needs more than the {allowed} MiB of memory it may use")


def last_words(tail: bytes) -> str:
    text = tail.decode("utf-8", "replace").strip()
    return f"it last printed: {text}" if text else ""


def explain(status: int, tail: bytes, limits: Limits) -> AudobonError:
    """The error for a worker process that ended by itself with ``status`` (as Popen tells it)."""
    hint = last_words(tail)
    unsigned = status & 0xFFFFFFFF
    cpu = status == EXIT_CPU
    if sys.platform != "win32":
        cpu = cpu or status == -signal.SIGXCPU
        if status == -signal.SIGABRT and _MEMORY_WORDS.search(tail):
            return memory_exceeded(limits)
    if cpu:
        return LimitExceeded(
            f"the task needs more than the {limits.cpu_s:g} s of processor time it may use"
        )
    if status == EXIT_MEMORY or unsigned in _WINDOWS_NO_MEMORY:
        return memory_exceeded(limits)
    if status < 0:
        return WorkerDied(f"the worker was killed by {signal_name(-status)}", hint=hint)
    if unsigned in _WINDOWS_ENDS:
        return WorkerDied(f"the worker was ended by {_WINDOWS_ENDS[unsigned]}", hint=hint)
    return WorkerDied(f"the worker ended with status {status}", hint=hint)
