"""Contents and damage for the tests of the chunk store."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path


def noise(size: int, *, seed: int = 0) -> bytes:
    """Bytes that do not compress, the same every time."""
    return random.Random(seed).randbytes(size)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def flip(path: Path, position: int, bit: int = 0) -> None:
    """Turn one bit of a file over."""
    with path.open("rb+") as file:
        file.seek(position)
        (byte,) = file.read(1)
        file.seek(position)
        file.write(bytes([byte ^ 1 << bit]))
