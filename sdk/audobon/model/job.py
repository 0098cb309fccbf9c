"""Jobs: work that a worker process does, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import field, frozen

__all__ = ["JOB_STATES", "MAX_ATTEMPTS", "PRIORITIES", "JobRow", "Limits", "Need"]

JOB_STATES = ("queued", "running", "done", "failed", "cancelled")

PRIORITIES = {"click": 0, "visible": 10, "normal": 50, "background": 90}
"""Smaller runs first: what the artist clicked, what is on the screen, the rest, scans."""

MAX_ATTEMPTS = 2
"""How often a job is begun when workers die over it: a power cut is no reason to lose it,
and a file that kills every worker must not do it for ever."""


def _frozen_map(value: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType(dict(value))


@frozen(slots=True)
class Limits:
    """What one task may use in its worker process before it is stopped.

    ``memory`` bounds the address space in bytes beyond what the worker needs
    at rest, ``cpu_s`` the CPU time and ``wall_s`` the time on the clock of one
    task in seconds, ``file`` the size of any file it writes in bytes. ``reserve``
    is address space that may be set aside on top without being used, as
    drivers of graphics cards do; what is really occupied stays bounded.
    """

    memory: int = 2 << 30
    cpu_s: float = 60.0
    wall_s: float = 120.0
    file: int = 1 << 30
    reserve: int = 0


@frozen(slots=True)
class Need:
    """What a request to a worker is expected to take, so that it waits until there is room.

    ``what`` says for people what needs it. What requests of the same ``name``
    and about the same ``size`` (pixels, say) took is remembered; ``least`` is
    what it takes in bytes as far as is known without that. ``device`` is what
    computes, empty where requests need not take turns.
    """

    what: str
    name: str
    size: int = 0
    least: int = 0
    device: str = ""


@frozen(slots=True)
class JobRow:
    """A job as the queue holds it.

    ``key`` makes equal requests one job: while a job with the same key is
    queued or running no second one is made. ``payload`` and ``result`` are
    plain JSON data. ``progress`` runs from 0 to 1. ``attempts`` counts how
    often a worker began it. ``error`` is ``(code, message)`` once it failed, and
    ``hint`` a step that helps, or empty.
    """

    id: int
    kind: str
    key: str
    priority: int
    state: str
    payload: Mapping[str, object] = field(converter=_frozen_map)
    progress: float
    attempts: int
    worker: str
    error: tuple[int, str] | None
    result: object
    created: datetime
    started: datetime | None
    ended: datetime | None
    cancel: bool = False
    hint: str = ""
