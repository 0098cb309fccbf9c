"""Whether an NVIDIA card with a driver is here, asked of the driver itself. In a worker process."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["cuda_problem"]

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


def cuda_problem(library: str = _LIBRARY) -> str:
    """Why CUDA cannot work on this machine; empty when it can."""
    try:
        driver = ctypes.CDLL(library)
    except OSError as error:
        return f"no driver of an NVIDIA card is installed ({error})"
    count = ctypes.c_int()
    for name, arguments in (("cuInit", (0,)), ("cuDeviceGetCount", (ctypes.byref(count),))):
        code = getattr(driver, name)(*arguments)
        if code:
            return f"the driver of the NVIDIA card says no (error {code} of {name})"
    return "" if count.value else "the driver knows of no NVIDIA card"
