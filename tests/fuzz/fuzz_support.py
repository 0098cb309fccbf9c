"""What targets share."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from audobon.errors import AudobonError

__all__ = ["file_of", "promised"]


@contextlib.contextmanager
def file_of(name: str, data: bytes) -> Iterator[Path]:
    """A file of these bytes, for readers of paths."""
    # In memory where there is such a place: a million files are a lot of work for a disk.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        yield path


def promised(call: Callable[[], object]) -> None:
    """Call what may refuse its input, in words, and nothing else."""
    with contextlib.suppress(AudobonError):
        call()
