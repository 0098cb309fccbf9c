# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files in UTF-8, also where Krita has told Python otherwise."""

from __future__ import annotations

import os
import struct
import sys
from types import FunctionType
from typing import Any

__all__ = ["TROUBLE", "speak_utf8"]

TROUBLE = (
    "Python in this Krita can name files in ASCII only: others cannot be used until Krita is"
    " started with LC_ALL=C.UTF-8 in its environment"
)
_PAGE = 4096
_FARTHEST = 1 << 20
# Bytes of an interpreter's state that are looked at. In Python 3.11 the field lies at 3560.
_HIGHEST = 1 << 47
# Addresses of a process lie below it.


def speak_utf8() -> str:
    """Have this Python name files in UTF-8, as Krita and Qt do; why it cannot, else nothing.

    Krita sets ``LANG`` to a language alone (``de_DE``, ``C``) before it starts
    Python, which concludes that names of files are ASCII or Latin-1: a folder
    ``Gemälde`` could not even be looked at. Python has no call that changes
    this later, so the field of its interpreter that says it is set, once it is
    found for certain. Strings that were read before stay good: what is no
    ASCII in them stands there as the bytes that it is.
    """
    if sys.platform != "linux" or _can():
        return ""
    try:
        _set(_place())
    except Exception:  # noqa: BLE001  # no ctypes, a hardened system, another Python
        return TROUBLE
    _follow()
    return "" if _can() else TROUBLE


def _can() -> bool:
    """Whether a name can be said that is neither ASCII nor Latin-1."""
    try:
        os.stat("\u20ac")
    except UnicodeEncodeError:
        return False
    except OSError:
        pass
    return True


def _place() -> int:
    """Where the interpreter keeps whether names of files are UTF-8."""
    import ctypes

    call: Any = ctypes.pythonapi.PyInterpreterState_Get
    call.restype = ctypes.c_void_p
    base: int = call()
    # As a file, so that reading at an address where nothing is gives an error and no crash.
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    try:
        return base + _offset(memory, base)
    finally:
        os.close(memory)


def _offset(memory: int, base: int) -> int:
    """Of the flag in ``{char *encoding; int utf8; char *errors;}`` of the interpreter's state."""
    encoding = sys.getfilesystemencoding().encode() + b"\0"
    errors = sys.getfilesystemencodeerrors().encode() + b"\0"
    words: tuple[int, ...] = ()
    looked = 0
    while looked < _FARTHEST:
        piece = os.pread(memory, _PAGE - (base + looked) % _PAGE, base + looked)
        words = (*words[-3:], *struct.unpack(f"={len(piece) // 8}Q", piece))
        for number in range(len(words) - 2):
            name, flag, how = words[number : number + 3]
            if flag & 0xFFFFFFFF or not _is(memory, how, errors):
                continue
            if _is(memory, name, encoding):
                return looked + len(piece) - 8 * (len(words) - number - 1)
        looked += len(piece)
    raise LookupError("not found")


def _is(memory: int, address: int, text: bytes) -> bool:
    if not _PAGE <= address < _HIGHEST:
        return False
    try:
        return os.pread(memory, len(text), address) == text
    except OSError:
        return False


def _set(address: int) -> None:
    import ctypes

    ctypes.c_int.from_address(address).value = 1


def _follow() -> None:
    """What of ``os`` is written in Python remembers the encoding from its import."""
    environ: Any = os.environ
    both = (environ.encodekey, environ.decodekey, environ.encodevalue, environ.decodevalue)
    for each in (os.fsencode, os.fsdecode, *both):
        if isinstance(each, FunctionType):
            for name, cell in zip(each.__code__.co_freevars, each.__closure__ or (), strict=True):
                if name == "encoding":
                    cell.cell_contents = "utf-8"
