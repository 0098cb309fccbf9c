"""What lies in a folder, to prove that nothing there was changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["tree"]


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file outside a library's state: its bytes and its mtime in ns, by relative path."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(_files(folder))
    }


def _files(folder: Path) -> Iterator[Path]:
    # A state has a hundred times as many files as a test's folder: it is not walked through.
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".audobon"]
        for name in names:
            path = Path(where, name)
            if name != ".audobon" and path.is_file():
                yield path
