"""Metrics: how often, how long, how much; aggregates without a name of anything of anybody.

There is no row of a single event. Each series, a name with labels of closed sets, has one tally
for an hour (later a day), and one since the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import frozen

from audobon.model.tally import (
    BUCKET_ERROR,
    DAY_S,
    EVER,
    HOUR_S,
    SCHEMA,
    Tally,
    bound,
    bucket_of,
    joined,
    quantile,
)

__all__ = [
    "BUCKET_ERROR",
    "DAY_S",
    "EVER",
    "HOUR_S",
    "MEASURES",
    "SCHEMA",
    "Advised",
    "Fault",
    "Figure",
    "Machine",
    "Measure",
    "MetricRow",
    "Metrics",
    "Tally",
    "bound",
    "bucket_of",
    "joined",
    "quantile",
]


@frozen(slots=True)
class Measure:
    """What a name means. ``kind`` is ``timing``, ``count`` or ``level``; ``labels`` in order."""

    name: str
    kind: str
    unit: str
    labels: tuple[str, ...]
    about: str


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        each.name: each
        for each in (
            Measure("call", "timing", "seconds", ("call", "outcome"), "Calls of Library"),
            Measure("job", "timing", "seconds", ("kind", "state"), "Jobs, from begin to end"),
            Measure("job_wait", "timing", "seconds", ("kind",), "Jobs, from asked for to begun"),
            Measure("inference", "timing", "seconds", ("device", "pipeline"), "One asset computed"),
            Measure("cache", "count", "", ("answer", "cache"), "Asked of caches"),
            Measure("error", "count", "", ("at", "code", "kind"), "What failed"),
            Measure("memory", "level", "bytes", ("process",), "Memory that a process occupies"),
            Measure("disk", "level", "bytes", ("part",), "Free where the library's state lies"),
        )
    }
)
"""Every name there is. Labels are words of this program, never of its user."""


@frozen(slots=True)
class MetricRow:
    """One series over one span, as it is handed on: see ``docs/monitoring.md`` for the schema.

    ``key`` names the row for ever; what is told of a span that has ended does not change.
    """

    key: str
    start: datetime
    span_s: int
    name: str
    labels: Mapping[str, str]
    count: int
    total: float
    least: float
    most: float
    buckets: Mapping[str, int]
    first: datetime
    last: datetime


@frozen(slots=True)
class Figure:
    """A series in numbers: timings in seconds, levels in bytes.

    ``p50``, ``p90`` and ``p99`` are what so many of a hundred were at most, to within
    ``BUCKET_ERROR``; of what is no timing they are 0.
    """

    name: str
    labels: Mapping[str, str]
    count: int
    total: float
    least: float
    most: float
    p50: float
    p90: float
    p99: float
    last: datetime

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0


@frozen(slots=True)
class Advised:
    """A failed job that is still known, newest of its group: its number and its own words."""

    job: int
    message: str
    hint: str


@frozen(slots=True)
class Fault:
    """Failures of one cause: what failed (``kind``), why (``code``) and where it was raised.

    ``advice`` is what ``docs/errors.md`` says is to be done. ``latest`` has a name in it where
    the job's error has one; it comes from the queue and is not kept with the metrics.
    """

    code: int
    slug: str
    kind: str
    at: str
    count: int
    first: datetime
    last: datetime
    advice: str
    latest: Advised | None = None


@frozen(slots=True)
class Machine:
    """What there is and what is taken just now, in bytes; 0 is not known.

    ``process`` is this program, ``parts`` what of the state takes how much.
    """

    memory_total: int
    memory_free: int
    process: int
    disk_total: int
    disk_free: int
    parts: tuple[tuple[str, int], ...]


@frozen(slots=True)
class Metrics:
    """All that is known of ``since`` until now. ``figures`` by name, ``faults`` by last time."""

    schema: int
    on: bool
    since: datetime
    until: datetime
    error: float
    figures: tuple[Figure, ...]
    faults: tuple[Fault, ...]
    now: Machine
    kept_bytes: int

    def of(self, name: str, **labels: str) -> tuple[Figure, ...]:
        """The series of this name that have these labels."""
        return tuple(
            each
            for each in self.figures
            if each.name == name and all(each.labels.get(k) == v for k, v in labels.items())
        )
