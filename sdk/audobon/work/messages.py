"""What a worker process and its starter say to each other: one JSON object a line.

To the worker: ``{"id", "task", "payload", "limits"}`` asks for a task,
``{"cancel": id}`` cancels every task up to that one, ``{"pause": true}`` holds
the task at its next look until ``{"pause": false}``. ``{"keys"}`` comes first where tasks need
keys: they are in this pipe and in memory, and nowhere else. From the worker:
``{"ready": pid}`` once, or ``{"fatal": error}``; for every task
``{"begin": id}``, any number of ``{"progress": [id, fraction]}`` and
``{"part": [id, data]}``, then ``{"done": id, "result"}`` or ``{"failed": id,
"error"}``. Errors travel as ``[code, message, subject, hint]``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from audobon.errors import AudobonError, Invalid, error_from_code
from audobon.model.job import Limits

__all__ = [
    "EXIT_CPU",
    "EXIT_MEMORY",
    "MAX_MESSAGE",
    "decode",
    "encode",
    "pack_error",
    "pack_limits",
    "unpack_error",
    "unpack_limits",
]

MAX_MESSAGE = 64 << 20
"""Longest line in bytes. Pictures go through files; a line is names, facts and vectors."""

EXIT_MEMORY = 96
EXIT_CPU = 97
"""Statuses with which a worker ends itself; outside what shells and Python use."""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not plain JSON data")


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as a line. Invalid when it holds something that JSON does not know."""
    try:
        # ASCII only: a lone surrogate of a file name survives as an escape.
        return json.dumps(message, separators=(",", ":"), default=_plain).encode("ascii") + b"\n"
    except (TypeError, ValueError) as error:
        raise Invalid(f"only plain JSON data goes to and from a worker: {error}") from error


def decode(line: bytes) -> dict[str, Any]:
    """Inverse of :func:`encode`; ValueError for anything else."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message is an object")
    return message


def pack_error(error: AudobonError) -> list[object]:
    return [error.code, error.message, error.subject, error.hint]


def unpack_error(packed: Any) -> AudobonError:
    """Rebuild an error; ValueError when ``packed`` is none."""
    try:
        code, message, subject, hint = packed
        return error_from_code(int(code), str(message), subject=str(subject), hint=str(hint))
    except TypeError as error:
        raise ValueError("not an error") from error


def pack_limits(limits: Limits) -> list[float]:
    return [limits.memory, limits.cpu_s, limits.wall_s, limits.file, limits.reserve]


def unpack_limits(packed: Any) -> Limits:
    memory, cpu_s, wall_s, file, reserve = packed
    return Limits(int(memory), cpu_s, wall_s, int(file), int(reserve))
