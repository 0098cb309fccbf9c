"""Rights of the superuser that nobody who reads a file needs: given up where there are some."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

__all__ = ["drop"]

_VERSION = 0x20080522
# chown, files of others (4 of them), locked memory, niceness, own limits: what work may need.
_KEPT = frozenset((0, 1, 2, 3, 4, 14, 23, 24))
_MASK = sum(1 << bit for bit in _KEPT)


class _Head(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Half(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop() -> Sequence[str]:
    """Give up rights over the machine, for good; in words, nothing where there were none."""
    libc = ctypes.CDLL(None, use_errno=True)
    head, halves = _Head(_VERSION, 0), (_Half * 2)()
    if libc.capget(ctypes.byref(head), halves):
        _fail()
    if not any(half.permitted for half in halves):
        return ()
    for number, half in enumerate(halves):
        mask = (_MASK >> (32 * number)) & 0xFFFFFFFF
        half.effective &= mask
        half.permitted &= mask
        half.inheritable = 0
    if libc.capset(ctypes.byref(head), halves):
        _fail()
    return ("no rights over the machine",)


def _fail() -> None:
    code = ctypes.get_errno()
    raise OSError(code, os.strerror(code))
