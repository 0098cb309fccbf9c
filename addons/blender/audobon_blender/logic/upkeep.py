# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a session as a file that any editor opens."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session import Session

__all__ = ["LOG", "open_path", "write_log"]

LOG = "audobon-log.txt"


def write_log(session: Session, folder: Path, *, show: bool) -> None:
    """Write the log into ``folder``, and with ``show`` open it; returns at once.

    Where the folder cannot be written, the log itself says so, and can still be copied.
    """

    def write(text: str) -> None:
        path = folder / LOG
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", "replace")  # names of files may be no text
        except OSError as error:
            session.note(f"the log cannot be written: {error}")
            return
        if show:
            open_path(str(path))

    def begin(text: str) -> None:
        # Called in the host's own thread, which waits for no disk.
        threading.Thread(target=write, args=(text,), name="audobon-log", daemon=True).start()

    session.log(begin)


def open_path(path: str) -> None:
    """Open a file with the system's own program for it; a system without one does nothing."""
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            os.startfile(path)
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    with contextlib.suppress(OSError):
        process = subprocess.Popen(
            [program, path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # the editor outlives Blender
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)  # so that no ended process is left over
