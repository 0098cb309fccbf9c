"""Landlock: a process gives up writing outside some folders, for good and for its children.

Linux 5.13 and newer, where the module is active. By numbers of system calls, which are the same
on every architecture, because no C library knows them yet. ``man 7 landlock``.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable, Sequence

__all__ = ["WRITE_ONLY_FILES", "abi", "restrict"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_PATH_BENEATH = 1

_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_MAKE_AND_REMOVE = sum(1 << bit for bit in range(4, 13))
_TCP = 0b11  # bind and connect, from version 4 on
_SCOPES = 0b11  # abstract sockets and signals, from version 6 on
_PR_SET_NO_NEW_PRIVS = 38

WRITE_ONLY_FILES = ("/dev/null", "/dev/zero", "/dev/full")


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("fs", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # what packing means is to be said from Python 3.14 on
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    done = int(libc.syscall(ctypes.c_long(number), *arguments))
    if done < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return done


def abi() -> int:
    """The version of the kernel's Landlock; OSError where it has none."""
    return _call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))


def restrict(writes: Iterable[str], *, tcp: bool, signals: bool) -> Sequence[str]:
    """Let this thread and what it starts write only below ``writes``; what it gave up.

    The kernel refuses what is not a name of an existing file or folder silently: what cannot be
    opened is left out. ``tcp`` gives up TCP as well, ``signals`` those to others and abstract
    sockets, where the kernel can. OSError when nothing is restricted.
    """
    version = abi()
    fs = _WRITE_FILE | _MAKE_AND_REMOVE
    fs |= _REFER if version >= 2 else 0
    fs |= _TRUNCATE if version >= 3 else 0
    net = _TCP if tcp and version >= 4 else 0
    scoped = _SCOPES if signals and version >= 6 else 0
    rules = _Ruleset(fs, net, scoped)
    ruleset = _call(_CREATE, ctypes.byref(rules), ctypes.c_size_t(ctypes.sizeof(rules)), 0)
    try:
        for path in writes:
            _allow(ruleset, path, fs)
        _no_new_privileges()
        _call(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    told = ["writes only in its own folders (Landlock)"]
    told += ["no TCP (Landlock)"] if net else []
    told += ["no signals to others (Landlock)"] if scoped else []
    return told


def _allow(ruleset: int, path: str, fs: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(parent).st_mode)
        allowed = fs if folder else fs & (_WRITE_FILE | _TRUNCATE)
        rule = _Beneath(allowed, parent)
        _call(_ADD, ctypes.c_int(ruleset), _PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(parent)


def _no_new_privileges() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
