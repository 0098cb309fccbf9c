"""A passphrase in a file that nobody else may read."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from audobon.errors import Invalid
from audobon.storage.vault.secret import Secret, passphrase_of
from audobon.system.files import translate_os_error

__all__ = ["read_passphrase"]

_LIMIT: Final = 4096


def read_passphrase(path: Path) -> Secret:
    """The first line of a file of mode 0600 that belongs to this user.

    Raises Invalid where others may read or write it (on Windows that is not looked at), where it
    is no text, or empty; NotFound, Unavailable.
    """
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            # Of what was opened, not of what the name means by now.
            _check(path, os.fstat(fd))
            data = Secret(os.read(fd, _LIMIT + 1))
        finally:
            os.close(fd)
    except OSError as error:
        raise translate_os_error(error, path) from error
    line = _first_line(data)
    if line is None:
        raise Invalid(
            f"{path} holds no passphrase: one line of UTF-8, of up to {_LIMIT} bytes",
            subject=str(path),
        )
    return passphrase_of(line)


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Invalid(f"{path} is not a file", subject=str(path))
    if sys.platform == "win32":
        return
    if found.st_mode & 0o077 or found.st_uid not in (os.geteuid(), 0):
        raise Invalid(
            f"{path} holds a passphrase that others may read or change",
            subject=str(path),
            hint=f"make it yours alone: chmod 600 {path}",
        )


def _first_line(data: Secret) -> Secret | None:
    if len(data.reveal()) > _LIMIT:
        return None
    try:
        lines = Secret(data.reveal().decode("utf-8").lstrip("\ufeff").encode("utf-8"))
    except UnicodeDecodeError:
        return None
    line = Secret(lines.reveal().partition(b"\n")[0].rstrip(b"\r"))
    return Secret(line.reveal()) if line.reveal().strip() else None
