"""What the processes of a library print: into a file, sealed line by line where all is."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from audobon.errors import AudobonError, Corrupt
from audobon.services.core.place import Place
from audobon.system.locks import FileLock

__all__ = ["last_printed", "log_for", "log_lock", "print_sealed"]

_MOST = 8 << 10
"""Bytes of what is written at once: what comes without an end of line is cut there."""
_END_S = 1.0


def log_for(place: Place, name: str) -> Path | None:
    """Where a process that is started prints into; nowhere, until it sees to that itself."""
    return None if place.keys is not None else _path(place, name)


def print_sealed(place: Place, name: str) -> None:
    """From now on what this process prints, and what those it starts print, is sealed.

    For one that was started with :func:`log_for`; it does nothing where nothing is encrypted. The
    last words of a process that crashes in native code are lost with it.
    """
    if place.keys is None:
        return
    reading, writing = os.pipe()
    for stream in (1, 2):
        os.dup2(writing, stream)
    os.close(writing)
    thread = threading.Thread(
        target=_seal, args=(place, name, reading), name="audobon-printed", daemon=True
    )
    thread.start()
    atexit.register(_end, thread)


def _end(thread: threading.Thread) -> None:
    """Have what was printed last in the file before this process is gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    thread.join(_END_S)


def _seal(place: Place, name: str, reading: int) -> None:
    rest = b""
    while data := os.read(reading, _MOST):
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > _MOST:
            lines, rest = [*lines, rest], b""
        _append(place, name, lines)
    _append(place, name, [rest] if rest else [])


def _append(place: Place, name: str, lines: list[bytes]) -> None:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    texts = [f"{now} {line.decode('utf-8', 'replace').rstrip()}" for line in lines]
    path = _path(place, name)
    # A full disk: nothing that is told here is worth more trouble.
    with contextlib.suppress(AudobonError, OSError), log_lock(place, name):
        try:
            place.files.extend(path, lambda _last: texts)
        except Corrupt:  # somebody has changed it
            place.files.write_lines(path, texts)


def last_printed(place: Place, name: str, most: int) -> str:
    """The end of what was printed, up to ``most`` bytes; empty where nothing was."""
    path = _path(place, name)
    try:
        if place.keys is None:
            with path.open("rb") as stream:
                stream.seek(max(0, os.fstat(stream.fileno()).st_size - most))
                return stream.read().decode("utf-8", "replace")
        lines = [line if line is not None else "?" for line in place.files.lines(path)]
        return "\n".join([*lines, ""])[-most:]
    except (AudobonError, OSError):
        return ""


def log_lock(place: Place, name: str) -> FileLock:
    """Held by whoever changes a sealed log."""
    return FileLock(place.locks / f"{name}-log.lock")


def _path(place: Place, name: str) -> Path:
    return place.logs / f"{name}.log"
