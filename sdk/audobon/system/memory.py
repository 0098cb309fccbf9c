"""How much memory this machine has, and how much of it is free, the same on every platform."""

from __future__ import annotations

import sys
from pathlib import Path

from attrs import frozen

__all__ = ["Memory", "machine_memory"]


@frozen(slots=True)
class Memory:
    """In bytes. ``free`` is what programs can take without pushing others out; 0 is not known."""

    total: int
    free: int


if sys.platform == "linux":

    def machine_memory() -> Memory:
        """The machine's memory now. Limits of containers are not seen."""
        found = {}
        try:
            text = Path("/proc/meminfo").read_text("ascii")
            for line in text.splitlines():
                name, _, value = line.partition(":")
                found[name] = int(value.split()[0]) << 10
        except (OSError, ValueError, IndexError):
            pass
        return Memory(found.get("MemTotal", 0), found.get("MemAvailable", 0))

elif sys.platform == "darwin":
    import ctypes

    def _number(name: bytes, kind: type[ctypes.c_uint64] | type[ctypes.c_int]) -> int:
        value = kind(0)
        size = ctypes.c_size_t(ctypes.sizeof(value))
        library = ctypes.CDLL(None)
        if library.sysctlbyname(name, ctypes.byref(value), ctypes.byref(size), None, 0):
            return 0
        return int(value.value)

    def machine_memory() -> Memory:
        """The machine's memory now."""
        total = _number(b"hw.memsize", ctypes.c_uint64)
        # What memory_pressure(1) prints as the free percentage of the whole system.
        percent = _number(b"kern.memorystatus_level", ctypes.c_int)
        return Memory(total, total * percent // 100)

elif sys.platform == "win32":
    import ctypes

    class _Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Win32 documentation."""

        _fields_ = (
            ("dwLength", ctypes.c_uint32),
            ("dwMemoryLoad", ctypes.c_uint32),
            ("ullTotalPhys", ctypes.c_uint64),
            ("ullAvailPhys", ctypes.c_uint64),
            ("ullTotalPageFile", ctypes.c_uint64),
            ("ullAvailPageFile", ctypes.c_uint64),
            ("ullTotalVirtual", ctypes.c_uint64),
            ("ullAvailVirtual", ctypes.c_uint64),
            ("ullAvailExtendedVirtual", ctypes.c_uint64),
        )

    def machine_memory() -> Memory:
        """The machine's memory now."""
        status = _Status()
        status.dwLength = ctypes.sizeof(status)
        if not ctypes.WinDLL("kernel32").GlobalMemoryStatusEx(ctypes.byref(status)):
            return Memory(0, 0)
        return Memory(status.ullTotalPhys, status.ullAvailPhys)

else:

    def machine_memory() -> Memory:
        """Not known here."""
        return Memory(0, 0)
