"""What is noted of calls and jobs while they are made: a series over one span, with its buckets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

__all__ = [
    "BUCKET_ERROR",
    "DAY_S",
    "EVER",
    "HOUR_S",
    "SCHEMA",
    "Labels",
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
