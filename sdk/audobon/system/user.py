"""Who is at this machine, for the author of changes and versions."""

from __future__ import annotations

import getpass
import socket

__all__ = ["user_name"]


def user_name() -> str:
    """``name <name@host>`` of the user of this process; never empty, asks no network."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in a bare container
        name = "unknown"
    return f"{name} <{name}@{socket.gethostname() or 'localhost'}>"
