"""Metrics of a library: kept beside it on this machine, read, forgotten, switched off.

Schema and meaning stand in ``docs/monitoring.md``. Nothing of it leaves the machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from audobon.errors import AudobonError, Invalid, error_from_code
from audobon.model.metrics import (
    BUCKET_ERROR,
    DAY_S,
    EVER,
    HOUR_S,
    SCHEMA,
    Advised,
    Fault,
    Figure,
    Machine,
    MetricRow,
    Metrics,
    Tally,
    joined,
    quantile,
)
from audobon.services.core.stores import Stores
from audobon.services.files.following import is_on
from audobon.services.health.advice import advice
from audobon.services.health.caches import cache_sizes
from audobon.services.health.stats import folder_size
from audobon.system.memory import machine_memory
from audobon.system.processes import resident_bytes

__all__ = ["ever", "forget", "machine_now", "metrics", "rows", "tallies"]

_USUAL = timedelta(days=7)
_PARTS = ("chunks", "history.git", "logs")
_SPANS = {"hour": (HOUR_S,), "day": (DAY_S,), "ever": (EVER,)}
_LATE_S = 300
# A process hands on what it has noted within half a minute, if the machine is not asleep.
_FAILED = 500  # jobs that are looked through for what they said


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def tallies(stores: Stores, since: datetime | None = None) -> tuple[Tally, ...]:
    """Hours and days as they are kept, with what this process has noted just now."""
    stores.meter.flush()
    begun = stores.now() - _USUAL if since is None else since
    return stores.metrics.rows(since=_seconds(begun))


def ever(stores: Stores) -> tuple[Tally, ...]:
    """Everything since the beginning, one tally a series: what only grows."""
    stores.meter.flush()
    return stores.metrics.rows(spans=(EVER,))


def rows(
    stores: Stores, *, since: datetime | None, span: str, ended: bool
) -> tuple[MetricRow, ...]:
    """See ``Library.metric_rows``."""
    if span not in _SPANS:
        raise Invalid(f"metrics are not kept by {span!r}", hint=f"one of {', '.join(_SPANS)}")
    stores.meter.flush()
    now = _seconds(stores.now())
    found = stores.metrics.rows(since=0 if since is None else _seconds(since), spans=_SPANS[span])
    return tuple(
        _row(stores.place.id, each)
        for each in found
        if not ended or (each.span and each.start + each.span + _LATE_S <= now)
    )


def _row(library: str, each: Tally) -> MetricRow:
    named = ",".join(f"{label}={value}" for label, value in each.labels)
    return MetricRow(
        key=f"{library}:{each.span}:{each.start}:{each.name}:{named}",
        start=_moment(each.start),
        span_s=each.span,
        name=each.name,
        labels=dict(each.labels),
        count=each.count,
        total=each.total,
        least=each.least,
        most=each.most,
        buckets={str(bucket): count for bucket, count in sorted(each.buckets.items())},
        first=_moment(each.first),
        last=_moment(each.last),
    )


def metrics(stores: Stores, since: datetime | None) -> Metrics:
    """See ``Library.metrics``."""
    until = stores.now()
    begun = until - _USUAL if since is None else since
    found = joined(tallies(stores, begun))
    faults = [each for each in found if each.name == "error"]
    return Metrics(
        schema=SCHEMA,
        on=is_on(stores, "metrics"),
        since=begun,
        until=until,
        error=BUCKET_ERROR,
        figures=tuple(_figure(each) for each in found if each.name != "error"),
        faults=tuple(_faults(stores, faults)),
        now=machine_now(stores),
        kept_bytes=stores.metrics.size(),
    )


def _figure(each: Tally) -> Figure:
    p50, p90, p99 = (
        quantile(each.buckets, share, each.least, each.most) if each.buckets else 0.0
        for share in (0.5, 0.9, 0.99)
    )
    return Figure(
        *(each.name, dict(each.labels), each.count, each.total, each.least, each.most),
        *(p50, p90, p99, _moment(each.last)),
    )


def _faults(stores: Stores, found: Iterable[Tally]) -> Iterator[Fault]:
    said = _said(stores)
    for each in sorted(found, key=lambda tally: tally.last, reverse=True):
        labels = dict(each.labels)
        code = int(labels["code"])
        yield Fault(
            code=code,
            slug=error_from_code(code, "").slug,
            kind=labels["kind"],
            at=labels["at"],
            count=each.count,
            first=_moment(each.first),
            last=_moment(each.last),
            advice=advice(code),
            latest=said.get((code, labels["kind"])),
        )


def _said(stores: Stores) -> Mapping[tuple[int, str], Advised]:
    """The newest failed job of each group, in its own words: from the queue, as long as it is."""
    found: dict[tuple[int, str], Advised] = {}
    try:
        failed = stores.jobs.list(state="failed", limit=_FAILED)
    except AudobonError:  # what is known besides is told all the same
        return found
    for row in failed:
        if row.error is not None:
            told = Advised(row.id, row.error[1], row.hint)
            found.setdefault((row.error[0], f"job {row.kind}"), told)
    return found


def machine_now(stores: Stores) -> Machine:
    """What there is and what is taken just now."""
    memory, disk = machine_memory(), shutil.disk_usage(stores.place.state)
    state = stores.place.state
    parts = [("catalog.db", _sized(stores.place.catalog))]
    parts += [(name, folder_size(state / name)[1]) for name in _PARTS]
    parts += [("search index", folder_size(stores.place.index)[1])]
    parts += [(cache.name, cache.size) for cache in cache_sizes(stores)]
    return Machine(
        *(memory.total, memory.free, resident_bytes(os.getpid())),
        *(disk.total, disk.free, tuple(parts)),
    )


def _sized(path: os.PathLike[str]) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def forget(stores: Stores, before: datetime | None) -> int:
    """See ``Library.forget_metrics``."""
    stores.need_writable("forget metrics")
    stores.meter.flush()
    return stores.metrics.forget(None if before is None else _seconds(before))
