"""Starting, watching and stopping other processes, the same on every platform."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

__all__ = [
    "clean_environment",
    "die_with",
    "lower_library_process",
    "lower_priority",
    "lowered",
    "quiet_options",
    "resident_bytes",
    "signal_name",
    "stop_group",
    "stop_tree",
]

_SCRUBBED_PREFIXES = ("PYTHON", "LD_", "DYLD_", "QT_", "QML")
_SCRUBBED = frozenset(
    # __PYVENV_LAUNCHER__ makes a Python on macOS take another one's environment.
    ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PREFIX", "__PYVENV_LAUNCHER__", "GLIBC_TUNABLES")
)
_NICENESS = 10  # a 60 Hz loop beside workers at +10 is as punctual as without them (measured)
_LIBRARY_NICENESS = 5  # of the process that gives workers their tasks: between them and hosts
_BACKGROUND_NICENESS = 19  # a seventh of what a worker at +10 gets where both want a core

_lowered = 0


def clean_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """``base`` (this process's environment by default) without what a host puts there for itself.

    Variables that lead Python, the dynamic loader or Qt to a host's own
    libraries go; everything else stays.
    """
    return {
        name: value
        for name, value in (os.environ if base is None else base).items()
        if not name.upper().startswith(_SCRUBBED_PREFIXES) and name.upper() not in _SCRUBBED
    }


def quiet_options(*, session: bool = False, background: bool = False) -> dict[str, Any]:
    """Keyword arguments of Popen: no window, and out of reach of the host's Ctrl-C.

    ``session`` also cuts the process off from the terminal, so that it outlives it.
    ``background`` lets it give way to other workers too (Windows; see ``lower_priority``).
    """
    import subprocess

    if sys.platform == "win32":
        below, idle = subprocess.BELOW_NORMAL_PRIORITY_CLASS, subprocess.IDLE_PRIORITY_CLASS
        return {
            "creationflags": subprocess.CREATE_NO_WINDOW
            | subprocess.CREATE_NEW_PROCESS_GROUP
            | (idle if background else below)
        }
    return {"start_new_session": True} if session else {"process_group": 0}


def lower_priority(*, background: bool = False, starter: int = 0) -> None:
    """Let this worker give way to the host, and a ``background`` one to all others as well.

    ``starter`` is by how much the process that started it gives way already.
    On Windows the starter chose the class already.
    """
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.nice((_BACKGROUND_NICENESS if background else _NICENESS) - starter)


def lower_library_process() -> None:
    """Let this process, which has workers of its own, give way to hosts."""
    global _lowered  # noqa: PLW0603  # the process has one priority
    if sys.platform != "win32" and not _lowered:
        with contextlib.suppress(OSError):
            os.nice(_LIBRARY_NICENESS)
            _lowered = _LIBRARY_NICENESS


def lowered() -> int:
    """By how much this process has lowered its priority itself."""
    return _lowered


def die_with(lifeline: int) -> bool:
    """Have the kernel end this process when the other end of the pipe ``lifeline`` closes.

    True when it will, which is on Linux only. Nobody may ever write to that
    pipe. Unlike PR_SET_PDEATHSIG it does not fire when only the *thread* that
    started this process ends, and unlike a watching thread it also works
    while native code holds the interpreter.
    """
    if sys.platform != "linux":
        return False
    import fcntl
    import select

    signal.signal(signal.SIGIO, signal.SIG_DFL)  # its default action ends the process
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    if poll.poll(0):  # closed before the signal was asked for
        os._exit(0)
    return True


if sys.platform == "linux":
    _PAGE = os.sysconf("SC_PAGE_SIZE")

    def resident_bytes(pid: int) -> int:
        """Memory that process ``pid`` really occupies, in bytes; 0 where it is not known."""
        try:
            return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
        except (OSError, IndexError, ValueError):
            return 0

elif sys.platform == "darwin":

    def resident_bytes(pid: int) -> int:
        """Memory that process ``pid`` really occupies, in bytes; 0 where it is not known."""
        import ctypes

        # struct rusage_info_v0 of <sys/resource.h>: a 16-byte uuid, then 64-bit numbers,
        # of which the eighth is ri_phys_footprint, what Activity Monitor calls memory.
        numbers = (ctypes.c_uint64 * 12)()
        library = ctypes.CDLL(None)
        if library.proc_pid_rusage(ctypes.c_int(pid), ctypes.c_int(0), ctypes.byref(numbers)):
            return 0
        return int(numbers[2 + 7])

else:

    def resident_bytes(pid: int) -> int:
        """Memory that process ``pid`` really occupies, in bytes; 0 where it is not known.

        Always 0 on Windows, where a job object bounds the memory instead.
        """
        del pid
        return 0


def stop_tree(process: subprocess.Popen[Any]) -> None:
    """End ``process`` at once, with the processes it started in its own group. Never raises."""
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            process.kill()
        return
    # Until it is waited for, the number belongs to our child and to nobody else.
    if process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            process.kill()  # for the moment before it has made its group


def stop_group(pid: int) -> None:
    """End what a process of :func:`quiet_options` that has ended left running. Never raises.

    Only while something it started is known to live: then its number is not
    given to anybody else. Nothing to do on Windows, where the job object does it.
    """
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def signal_name(number: int) -> str:
    """The name of a signal such as ``SIGSEGV``; ``signal 99`` for an unknown one."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
