# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a session as a file that any editor opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session import Session

__all__ = ["LOG", "write_log"]

LOG = "audobon-log.txt"


def write_log(session: Session, folder: Path, then: Callable[[str], None]) -> None:
    """Write the log into ``folder`` and have ``then`` called with its path, in the host's thread.

    A folder that cannot be written is no reason not to see it: then it is in the log's notes.
    """

    def write(text: str) -> None:
        path = folder / LOG
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError as error:
            session.note(f"the log cannot be written: {error}")
            return
        then(str(path))

    session.log(write)
