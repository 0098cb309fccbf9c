"""Metrics: how often, how long, how much; aggregates without a name of anything of anybody.

There is no row of a single event. Each series, a name with labels of closed sets, has one tally
for an hour (later a day), and one since the beginning.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import evolve, frozen

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

SCHEMA = 1
"""Version of what is kept: raised when a name, a label or a unit gets another meaning."""

HOUR_S, DAY_S, EVER = 3600, 86400, 0
"""What a tally is about, in seconds; ``EVER`` is everything since the beginning."""

_STEPS = 4
# Buckets from one power of two to the next: what is told of a bucket is at most 9.1 % off.
_FIRST, _LAST = -56, 68
# 61 µs, below which nothing is worth a look, to 36 hours.
BUCKET_ERROR = 2 ** (1 / (2 * _STEPS)) - 1
"""By how much a percentile may be off, as a fraction: half a bucket."""

Labels = tuple[tuple[str, str], ...]


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


def bucket_of(seconds: float) -> int:
    """The bucket of a duration: above the bound of the one before, at most its own."""
    if seconds <= 0:
        return _FIRST
    # A duration that is a bound itself stays below it, whatever the logarithm rounds to.
    return min(_LAST, max(_FIRST, math.ceil(math.log2(seconds) * _STEPS - 1e-9)))


def bound(bucket: int) -> float:
    """The largest duration of a bucket in seconds."""
    return float(2 ** (bucket / _STEPS))


def quantile(buckets: Mapping[int, int], share: float, least: float, most: float) -> float:
    """What ``share`` (0 to 1) of all durations are at most, to within ``BUCKET_ERROR``."""
    wanted, seen = share * sum(buckets.values()), 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= wanted:
            middle = bound(bucket) / 2 ** (1 / (2 * _STEPS))
            return min(most, max(least, middle))
    return most


@frozen(slots=True)
class Tally:
    """One series over one span; times in seconds since 1970, UTC.

    ``total``, ``least`` and ``most`` are of the durations or levels; of mere counts
    they are 0. ``buckets`` (of timings only) say how many durations fell where.
    """

    start: int
    span: int
    name: str
    labels: Labels
    count: int
    total: float
    least: float
    most: float
    buckets: Mapping[int, int]
    first: int
    last: int

    def merged(self, other: Tally) -> Tally:
        """Both as one, over this one's span."""
        buckets = dict(self.buckets)
        for bucket, count in other.buckets.items():
            buckets[bucket] = buckets.get(bucket, 0) + count
        return evolve(
            self,
            count=self.count + other.count,
            total=self.total + other.total,
            least=min(self.least, other.least),
            most=max(self.most, other.most),
            buckets=buckets,
            first=min(self.first, other.first),
            last=max(self.last, other.last),
        )


def joined(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    """Each series once, whatever its spans, by name and labels."""
    found: dict[tuple[str, Labels], Tally] = {}
    for each in tallies:
        key = each.name, each.labels
        found[key] = found[key].merged(each) if key in found else each
    return tuple(found[key] for key in sorted(found))


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
