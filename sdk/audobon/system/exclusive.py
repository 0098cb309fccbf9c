"""A name in a folder that one of several programs or machines gets, whatever the file system.

A hard link is made only where no file of that name is: local disks, NFS and most SMB servers
hold to it. FAT, exFAT and some shares know no hard links, but a renaming that replaces nothing.
What is left (some FUSE disks) gets a claim: a file made with ``O_EXCL`` whose holder may rename.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

__all__ = ["CLAIM", "LINK", "RENAME", "Exclusive"]

LINK: Final = "link"
RENAME: Final = "rename"
CLAIM: Final = "claim"

LEASE_S: Final = 20.0
# A claim is held for some milliseconds. Whoever sees the same one for so long, by its own clock,
# takes it for a dead machine's: no two machines' clocks are compared.

_POLL_S = 0.02  # under the delay of a share, and the wait is rare
_NOT_HERE = {
    errno.EPERM,
    errno.EINVAL,
    errno.ENOSYS,
    errno.EMLINK,
    errno.ENOTSUP,
    getattr(errno, "EOPNOTSUPP", errno.ENOTSUP),
}
# What file systems answer that do not know the call at all.


class _NotHere(Exception):
    """This file system has no such way."""


class Exclusive:
    """Gives finished files their names. Learns at the first which way its file system has.

    ``scratch`` is a folder on the same file system, for claims: one that every machine uses.
    Files there named as ``system.files.free_name`` does are swept by others when they are old.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        ways: Sequence[str] = (LINK, RENAME, CLAIM),
        lease_s: float = LEASE_S,
    ) -> None:
        self._scratch = scratch
        self._lease_s = lease_s
        self._ways = list(ways)

    def give(self, part: Path, target: Path) -> bool:
        """Let the file ``part`` be called ``target``; False where something is called so already.

        Then ``part`` stays what it is. Raises OSError.
        """
        known: dict[str, Callable[[Path, Path], bool]] = {
            LINK: _link,
            RENAME: _rename,
            CLAIM: self._claim,
        }
        while True:
            way = self._ways[0]
            try:
                return known[way](part, target)
            except _NotHere:
                if len(self._ways) == 1:
                    raise OSError(
                        errno.ENOTSUP, "no name can be given to one only", target
                    ) from None
                self._ways.remove(way)

    def _claim(self, part: Path, target: Path) -> bool:
        where = target.relative_to(self._scratch.parent).as_posix()
        name = hashlib.sha256(where.encode()).hexdigest()[:32]
        claim = self._scratch / f".audobon-claim-{name}.tmp"
        while True:
            mine = self._take(claim)
            started = time.monotonic(), time.time()
            try:
                if target.exists():
                    return False
                # The wall clock goes on while a laptop sleeps.
                waited = max(time.monotonic() - started[0], time.time() - started[1])
                if waited < self._lease_s / 2 and _content(claim) == mine:
                    part.rename(target)
                    return True
            finally:
                if _content(claim) == mine:
                    with contextlib.suppress(OSError):
                        os.unlink(claim)

    def _take(self, claim: Path) -> bytes:
        """Make the claim, when it is free or its holder dead; what is written into it."""
        mine = uuid.uuid4().hex.encode()
        seen, since = None, 0.0
        while True:
            try:
                fd = os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            except FileExistsError:
                now, found = time.monotonic(), _content(claim)
                if found is None or found != seen:
                    seen, since = found, now
                elif now - since > self._lease_s:
                    self._break(claim)
                    seen = None
                time.sleep(_POLL_S * (0.5 + random.random()))
                continue
            try:
                os.write(fd, mine)
            finally:
                os.close(fd)
            return mine

    def _break(self, claim: Path) -> None:
        # Moved first: of several who think it dead, one does it. Whoever held it after all sees
        # before it renames that its claim is gone.
        aside = self._scratch / f".audobon-{uuid.uuid4().hex}.tmp"
        with contextlib.suppress(OSError):
            claim.rename(aside)
            aside.unlink()


def _content(claim: Path) -> bytes | None:
    try:
        return claim.read_bytes()
    except OSError:
        return None


def _link(part: Path, target: Path) -> bool:
    try:
        os.link(part, target)
    except FileExistsError:
        # Over NFS a repeated request finds its own link.
        with contextlib.suppress(OSError):
            if part.stat().st_nlink > 1 and part.samefile(target):
                _drop(part)
                return True
        return False
    except OSError as error:
        if error.errno in _NOT_HERE:
            raise _NotHere from error
        raise
    _drop(part)
    return True


def _drop(part: Path) -> None:
    with contextlib.suppress(OSError):
        os.unlink(part)


def _rename(part: Path, target: Path) -> bool:
    try:
        _rename_new(part, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno in _NOT_HERE:
            raise _NotHere from error
        raise
    return True


def _rename_new(part: Path, target: Path) -> None:
    """Rename where no such name is; FileExistsError otherwise."""
    if sys.platform == "win32":
        part.rename(target)  # never replaces there
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    old, new = os.fsencode(part), os.fsencode(target)
    try:
        if sys.platform == "darwin":
            status = libc.renamex_np(old, new, 4)  # RENAME_EXCL
        else:
            here = -100  # AT_FDCWD
            status = libc.renameat2(here, old, here, new, 1)  # RENAME_NOREPLACE
    except AttributeError:  # a C library from before the call
        raise _NotHere from None
    if status:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fspath(target))
