"""The limits that a worker process puts on itself, and what protects on this platform.

The kernel enforces them, so they also hold inside native decoders. They bound
what a task *uses*; what hostile code may *do* is bound by ``system.sandbox``.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from pathlib import Path

from audobon.model.job import Limits
from audobon.work.messages import EXIT_CPU

__all__ = ["active_protections", "arm", "disarm", "set_up"]

_OPEN_FILES = 1024  # what Linux gives a program by default; no task comes near it
_WATCH_S = 0.1  # how late the CPU watch of Windows may be

if sys.platform == "win32":
    _cpu_deadline = math.inf

    def _watch_cpu() -> None:
        while True:
            time.sleep(_WATCH_S)
            if time.process_time() > _cpu_deadline:
                os._exit(EXIT_CPU)

    def set_up() -> None:
        """Bounds for the whole life of this worker process; call once."""
        threading.Thread(target=_watch_cpu, name="audobon-cpu", daemon=True).start()

    def arm(limits: Limits) -> None:
        """Bound what happens from now on until :func:`disarm`."""
        global _cpu_deadline  # noqa: PLW0603  # the process has one bound, as it has one rlimit
        _cpu_deadline = time.process_time() + limits.cpu_s

    def disarm() -> None:
        """Lift what :func:`arm` set, so that the worker can tell what happened."""
        global _cpu_deadline  # noqa: PLW0603  # see arm
        _cpu_deadline = math.inf

else:
    import resource

    _STATM = Path("/proc/self/statm")
    _PAGE = os.sysconf("SC_PAGE_SIZE")
    # macOS accepts RLIMIT_AS and ignores it; there the starter watches the memory.
    _ADDRESS_SPACE = sys.platform == "linux"

    def _soft(kind: int, value: int) -> None:
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, hard))

    def _lift(kind: int) -> None:
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (hard, hard))

    def set_up() -> None:
        """Bounds for the whole life of this worker process; call once."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard == resource.RLIM_INFINITY or hard > _OPEN_FILES:
            resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))

    def arm(limits: Limits) -> None:
        """Bound what happens from now on until :func:`disarm`."""
        if _ADDRESS_SPACE:
            at_rest = int(_STATM.read_bytes().split()[0]) * _PAGE
            _soft(resource.RLIMIT_AS, at_rest + limits.memory + limits.reserve)
        # The limit counts whole seconds of the process's life: a task gets the second
        # it begins in for nothing, and never less than it was promised.
        _soft(resource.RLIMIT_CPU, math.ceil(time.process_time() + limits.cpu_s))
        _soft(resource.RLIMIT_FSIZE, limits.file)

    def disarm() -> None:
        """Lift what :func:`arm` set, so that the worker can tell what happened."""
        if _ADDRESS_SPACE:
            _lift(resource.RLIMIT_AS)
        _lift(resource.RLIMIT_CPU)
        _lift(resource.RLIMIT_FSIZE)


def active_protections() -> tuple[str, ...]:
    """What guards this machine against a bad file, as words for people."""
    everywhere = ("separate process", "clean environment", "time limit", "lower priority")
    if sys.platform == "win32":
        return (*everywhere, "memory limit (job object)", "CPU watch", "no desktop (job object)")
    kernel = ("CPU limit (kernel)", "file size limit (kernel)", "no core dumps")
    if sys.platform == "linux":
        ends = "ends with its starter (kernel)"
        return (*everywhere, "memory limit (kernel)", "memory watch", *kernel, ends)
    return (*everywhere, "memory watch", *kernel)
