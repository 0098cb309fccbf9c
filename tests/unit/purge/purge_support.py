"""A look into every byte of a library's state that knows nothing of how purging works."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import zstandard

import audobon

__all__ = ["found_in", "git", "noise", "pieces"]

_FRAME = b"\x28\xb5\x2f\xfd"
_PIECE = 24


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def git(lib: audobon.Library, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]  # whoever runs this has none
    command = ["git", *who, "-C", str(lib.state_path / "history.git"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pieces(*contents: bytes) -> list[bytes]:
    """Bits of contents, and their digests as text and as bytes."""
    found = []
    for content in contents:
        step = max(1, len(content) // 97)
        found += [content[at : at + _PIECE] for at in range(0, len(content) - _PIECE, step)]
        digest = hashlib.sha256(content)
        found += [digest.digest(), digest.hexdigest().encode()]
    return found


def found_in(state: Path, needles: list[bytes]) -> list[str]:
    """Where any of these stands below a folder, as it lies there or unpacked."""
    return sorted({where for where, data in _views(state) if any(one in data for one in needles)})


def _views(state: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(state.rglob("*")):
        if not path.is_file():
            continue
        where, data = str(path.relative_to(state)), path.read_bytes()
        yield where, data
        if data.startswith(b"SQLite format 3\0"):
            yield f"{where}, rows", _rows(path)
        at = data.find(_FRAME)
        while at >= 0:
            try:
                unpacked = zstandard.ZstdDecompressor().decompressobj().decompress(data[at:])
            except zstandard.ZstdError:
                unpacked = b""
            yield f"{where}, frame at {at}", unpacked
            at = data.find(_FRAME, at + 1)
    for repository in sorted(state.rglob("history.git")):
        done = subprocess.run(
            ["git", "-C", str(repository), "cat-file", "--batch", "--batch-all-objects"],
            check=True,
            capture_output=True,
        )
        yield f"{repository.name}, objects", done.stdout


def _rows(path: Path) -> bytes:
    parts: list[bytes] = []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.text_factory = bytes
        names = [
            row[0].decode()
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for name in names:
            for row in db.execute(f'SELECT * FROM "{name}"'):
                parts += [value for value in row if isinstance(value, bytes)]
    return b"\0".join(parts)
