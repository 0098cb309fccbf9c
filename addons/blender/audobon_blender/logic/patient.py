# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a disk in the host's own thread, for a moment only.

A network share that is away makes every question wait for minutes, and a host
that waits with it stands still. What Blender itself reads next needs an answer.
"""

from __future__ import annotations

import os
import threading

__all__ = ["NoAnswer", "look"]

_PATIENCE_S = 0.3
"""A disk answers in microseconds; one that has to begin to turn takes seconds: ask again."""


class NoAnswer(OSError):
    """The disk has said nothing for as long as a person does not notice."""


def look(path: str, patience_s: float = _PATIENCE_S) -> os.stat_result:
    """As ``os.stat``; NoAnswer when that takes longer than this many seconds."""
    told: list[os.stat_result | OSError] = []

    def ask() -> None:
        try:
            told.append(os.stat(path))
        except OSError as error:
            told.append(error)

    # It may stay for as long as the disk is silent; a daemon holds nobody up.
    thread = threading.Thread(target=ask, name="audobon-look", daemon=True)
    thread.start()
    thread.join(patience_s)
    if not told:
        raise NoAnswer(f"the disk of {path} does not answer")
    if isinstance(told[0], OSError):
        raise told[0]
    return told[0]
