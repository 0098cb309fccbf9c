"""What was computed, on disk, within a budget: what was not asked for longest goes first."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["BUDGET", "due", "trim", "used"]

BUDGET = 2 << 30
"""Bytes of results that are kept in a library: ten textures of 8192 pixels, or all embeddings of
250,000 pictures. What goes is computed again when it is asked for."""
_STEP = 64 << 20
"""Bytes of new results after which all are looked through, which takes half a second for 100,000:
the budget is passed by 3 %, and nobody who clicks waits for it."""
_NOTE = ".json"
_IN_USE_NS = 60 * 10**9
# What was made or asked for within a minute: a host may be reading it.


def used(note: Path) -> None:
    """Remember that a result was asked for just now."""
    with contextlib.suppress(OSError):  # a disk that cannot be written keeps its order
        os.utime(note)


def due(note: Path, size: int) -> bool:
    """Whether to trim after a result of ``size`` bytes was kept.

    The key decides, which is a digest and so as good as chance: it comes
    true once in ``_STEP`` bytes, without anything that has to be counted.
    """
    return int(note.stem[:8], 16) * _STEP < size << 32


def trim(folder: Path, budget: int = BUDGET) -> int:
    """Remove results until they fit into ``budget`` bytes; how many went.

    A result's note goes first, so that no note ever tells of a file that is
    gone. What a kill has left without a note counts and goes as all others.
    """
    sizes: dict[str, int] = {}
    ages: dict[str, int] = {}
    for entry in _files(folder):
        with contextlib.suppress(OSError):
            found = entry.stat()
            key, suffix = os.path.splitext(entry.path)
            sizes[key] = sizes.get(key, 0) + found.st_size
            if suffix == _NOTE:
                ages[key] = found.st_mtime_ns
            else:
                ages.setdefault(key, found.st_mtime_ns)
    total, gone = sum(sizes.values()), 0
    in_use = time.time_ns() - _IN_USE_NS
    # The newest stays whatever its size: it was made for somebody who waits for it.
    for key in sorted(ages, key=ages.__getitem__)[:-1]:
        if total <= budget or ages[key] > in_use:
            break
        Path(f"{key}{_NOTE}").unlink(missing_ok=True)
        for path in Path(key).parent.glob(f"{Path(key).name}.*"):
            with contextlib.suppress(OSError):  # held open by somebody, on Windows
                path.unlink()
        total -= sizes[key]
        gone += 1
    return gone


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    # Half of what Path.glob takes, which matters over 100,000 files.
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as parts:
        for part in parts:
            if part.is_dir(follow_symlinks=False):
                with os.scandir(part.path) as entries:
                    yield from entries
