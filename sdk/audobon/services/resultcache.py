"""What was computed, on disk, within a budget: what was not asked for longest goes first."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["BUDGET", "trim", "used"]

BUDGET = 2 << 30
"""Bytes of results that are kept in a library: ten textures of 8192 pixels, or all embeddings of
100,000 pictures. What goes is computed again when it is asked for."""
_NOTE = ".json"


def used(note: Path) -> None:
    """Remember that a result was asked for just now."""
    with contextlib.suppress(OSError):  # a disk that cannot be written keeps its order
        os.utime(note)


def trim(folder: Path, budget: int = BUDGET) -> int:
    """Remove results until they fit into ``budget`` bytes; how many went.

    A result's note goes first, so that no note ever tells of a file that is
    gone. What a kill has left without a note counts and goes as all others.
    """
    sizes: dict[str, int] = {}
    ages: dict[str, int] = {}
    for path in folder.glob("*/*"):
        with contextlib.suppress(OSError):
            found = path.stat()
            key = str(path.with_suffix(""))
            sizes[key] = sizes.get(key, 0) + found.st_size
            if path.suffix == _NOTE:
                ages[key] = found.st_mtime_ns
            else:
                ages.setdefault(key, found.st_mtime_ns)
    total, gone = sum(sizes.values()), 0
    # The newest stays whatever its size: it was made for somebody who waits for it.
    for key in sorted(ages, key=ages.__getitem__)[:-1]:
        if total <= budget:
            break
        Path(f"{key}{_NOTE}").unlink(missing_ok=True)
        for path in Path(key).parent.glob(f"{Path(key).name}.*"):
            with contextlib.suppress(OSError):  # held open by somebody, on Windows
                path.unlink()
        total -= sizes[key]
        gone += 1
    return gone
