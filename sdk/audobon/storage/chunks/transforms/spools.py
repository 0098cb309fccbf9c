"""Temporary files for streams that may be larger than memory."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, cast

__all__ = ["spool"]

# Smaller streams stay in memory: making a file costs more than writing one.
_IN_MEMORY = 4 << 20


def spool(folder: Path | None) -> IO[bytes]:
    """A temporary file in ``folder`` (None: the system's place) that is gone when it is closed."""
    place = None if folder is None else str(folder)
    return cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=place))
