"""Is an index folder whole? Read from the engine's files, without the engine.

Every segment file ends in a JSON footer with the crc32 of what precedes it,
the footer's length and a magic number, all little-endian. The engine writes
the checksum but never reads it back.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

__all__ = ["folder_problems", "folder_size"]

_MAGIC = 1337
_PARTS = ("idx", "pos", "term", "store", "fast", "fieldnorm")
_CHUNK = 1 << 20
_MAX_FOOTER = 1 << 16  # real ones have about 100 bytes; a damaged length must not be believed


def folder_problems(folder: Path, *, full: bool, known: set[str] | None = None) -> tuple[str, ...]:
    """What is wrong with the index in ``folder``, one sentence each; empty when it is sound.

    ``full`` reads every byte and compares the checksums; without it only
    presence and footers are looked at, which finds missing and cut files.
    ``known`` are names of files that were compared before, to be looked at
    only so; the sound ones of a full look are added. Segment files never
    change and their names never come again.
    """
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        names = [name for segment in meta["segments"] for name in _segment_files(segment)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        return (f"meta.json cannot be read: {exc}",)
    done = set() if known is None else known
    problems = []
    for name in names:
        compare = full and name not in done
        problem = _file_problem(folder / name, full=compare)
        if problem:
            problems.append(problem)
        elif compare:
            done.add(name)
    return tuple(problems)


def folder_size(folder: Path) -> int:
    """Bytes of all files in ``folder``; 0 where it is gone."""
    try:
        return sum(entry.stat().st_size for entry in folder.iterdir())
    except OSError:
        return 0


def _segment_files(segment: dict[str, object]) -> list[str]:
    stem = str(segment["segment_id"]).replace("-", "")
    names = [f"{stem}.{part}" for part in _PARTS]
    deletes = segment.get("deletes")
    if isinstance(deletes, dict):
        names.append(f"{stem}.{deletes['opstamp']}.del")
    return names


def _file_problem(path: Path, *, full: bool) -> str:
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            if size < 8:
                return f"{path.name} is cut short"
            stream.seek(size - 8)
            length, magic = struct.unpack("<II", stream.read(8))
            if magic != _MAGIC or length > min(size - 8, _MAX_FOOTER):
                return f"{path.name} has no footer"
            body = size - 8 - length
            stream.seek(body)
            expected = json.loads(stream.read(length))["crc"]
            if not full:
                return ""
            stream.seek(0)
            crc, left = 0, body
            while left:
                block = stream.read(min(left, _CHUNK))
                if not block:
                    return f"{path.name} is cut short"
                crc, left = zlib.crc32(block, crc), left - len(block)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        return f"{path.name} cannot be read: {exc}"
    return "" if crc == expected else f"{path.name} does not match its checksum"
