"""Job objects: how Windows bounds a process and ends it with its starter.

The starter holds the only handle of the job. When the starter ends, however
it ends, Windows closes the handle and with it every process in the job.
Sources: the Win32 documentation of ``CreateJobObjectW``,
``JOBOBJECT_EXTENDED_LIMIT_INFORMATION`` and ``JOBOBJECT_BASIC_UI_RESTRICTIONS``.
Elsewhere :func:`confine` gives None, and POSIX limits do the same work.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Protocol

__all__ = ["Confinement", "confine"]


class Confinement(Protocol):
    """A running process with bounds."""

    def set_memory(self, limit: int) -> None:
        """Bound the committed memory of the process to ``limit`` bytes."""
        ...

    def close(self) -> None:
        """Let go; the process ends if it has not ended yet."""
        ...


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KILL_ON_CLOSE = 0x2000
    _PROCESS_MEMORY = 0x100
    _DIE_ON_EXCEPTION = 0x400  # no "has stopped working" dialog that would hang the worker
    # Desktop, display settings, system exit, global atoms, handles of other programs,
    # clipboard read and write, system parameters.
    _UI_RESTRICTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80
    _EXTENDED_LIMITS = 9
    _UI_CLASS = 4

    class _Basic(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _Extended(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _Basic),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    def _kernel() -> Any:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
        kernel.SetInformationJobObject.restype = wintypes.BOOL
        kernel.SetInformationJobObject.argtypes = (
            *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
        )
        kernel.AssignProcessToJobObject.restype = wintypes.BOOL
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
        return kernel

    class _Job:
        def __init__(self, process: subprocess.Popen[Any]) -> None:
            self._kernel = _kernel()
            self._handle = self._kernel.CreateJobObjectW(None, None)
            if not self._handle:
                raise ctypes.WinError(ctypes.get_last_error())
            try:
                self._set_limits(0)
                restrictions = wintypes.DWORD(_UI_RESTRICTIONS)
                self._set(_UI_CLASS, restrictions)
                handle = int(process._handle)  # type: ignore[attr-defined]  # no public name
                if not self._kernel.AssignProcessToJobObject(self._handle, handle):
                    raise ctypes.WinError(ctypes.get_last_error())
            except OSError:
                self.close()
                raise

        def _set(self, kind: int, value: Any) -> None:
            size = ctypes.sizeof(value)
            if not self._kernel.SetInformationJobObject(
                self._handle, kind, ctypes.byref(value), size
            ):
                raise ctypes.WinError(ctypes.get_last_error())

        def _set_limits(self, memory: int) -> None:
            info = _Extended()
            flags = _KILL_ON_CLOSE | _DIE_ON_EXCEPTION
            if memory:
                flags |= _PROCESS_MEMORY
                info.ProcessMemoryLimit = memory
            info.BasicLimitInformation.LimitFlags = flags
            self._set(_EXTENDED_LIMITS, info)

        def set_memory(self, limit: int) -> None:
            self._set_limits(limit)

        def close(self) -> None:
            if self._handle:
                handle, self._handle = self._handle, None
                self._kernel.CloseHandle(handle)


def confine(process: subprocess.Popen[Any]) -> Confinement | None:
    """Put ``process`` into a job object of its own; None where the platform has none.

    Raises OSError when Windows refuses (a host in a job that forbids nesting).
    """
    if sys.platform == "win32":
        return _Job(process)
    return None
