"""Copies that share their blocks with the original until one of them is written (reflinks)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["clone_file"]

_FICLONE = 0x40049409  # linux/fs.h


def clone_file(source: Path, target: Path) -> bool:
    """Make ``target``, where nothing lies yet, a clone of ``source``; False where it cannot be.

    Never a hard link: a program that writes into the one changes nothing in
    the other. Possible on one volume with btrfs, XFS, bcachefs or APFS. Not
    tried on Windows, where a copy shares blocks by itself on ReFS and nothing
    tells whether it did. Where it fails, what lay there still does.
    """
    if sys.platform == "win32":
        return False
    try:
        return _clone_darwin(source, target) if sys.platform == "darwin" else _clone(source, target)
    except OSError:
        return False


def _clone(source: Path, target: Path) -> bool:
    import fcntl

    with source.open("rb") as original, target.open("xb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, original.fileno())
        except OSError:
            target.unlink()
            raise
    return True


def _clone_darwin(source: Path, target: Path) -> bool:
    import ctypes

    clone = ctypes.CDLL(None, use_errno=True).clonefile
    clone.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint32)
    return int(clone(os.fsencode(source), os.fsencode(target), 0)) == 0
