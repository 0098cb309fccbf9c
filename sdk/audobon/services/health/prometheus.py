"""Metrics as text for Prometheus, whoever serves it: exposition format 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from audobon.model.metrics import MEASURES, Machine, Measure, Tally, bound
from audobon.services.core.stores import Stores
from audobon.services.health.metrics import ever, machine_now

__all__ = ["exposition"]

_BOUNDS = tuple(range(-48, 65, 8))
# Each four times the last, from 0.24 ms to 18 hours, all of them bounds of our own buckets: so
# they are exact, and few enough for whoever keeps them all.


def exposition(stores: Stores) -> str:
    """Totals since the beginning, and what there is now."""
    return "".join(f"{line}\n" for line in _lines(ever(stores), machine_now(stores)))


def _lines(tallies: Iterable[Tally], now: Machine) -> Iterator[str]:
    found = tuple(tallies)
    for measure in MEASURES.values():
        mine = [each for each in found if each.name == measure.name]
        if measure.kind == "timing" and mine:
            yield from _timing(measure, mine)
        elif measure.kind == "count" and mine:
            name = f"audobon_{measure.name}_total"
            yield from _head(name, "counter", f"{measure.about}.")
            for each in mine:
                yield f"{name}{_labels(each.labels)} {each.count}"
    yield from _now(now)


def _timing(measure: Measure, tallies: Iterable[Tally]) -> Iterator[str]:
    name = f"audobon_{measure.name}_{measure.unit}"
    yield from _head(name, "histogram", f"{measure.about}.")
    for each in tallies:
        for limit in _BOUNDS:
            below = sum(count for bucket, count in each.buckets.items() if bucket <= limit)
            labels = _labels((*each.labels, ("le", f"{bound(limit):g}")))
            yield f"{name}_bucket{labels} {below}"
        yield f"{name}_bucket{_labels((*each.labels, ('le', '+Inf')))} {each.count}"
        yield f"{name}_sum{_labels(each.labels)} {each.total!r}"
        yield f"{name}_count{_labels(each.labels)} {each.count}"


def _now(now: Machine) -> Iterator[str]:
    told = {
        "audobon_memory_total_bytes": ("Memory of the machine.", now.memory_total),
        "audobon_memory_free_bytes": ("Memory that programs can take.", now.memory_free),
        "audobon_disk_total_bytes": ("The disk of the library's state.", now.disk_total),
        "audobon_disk_free_bytes": ("What is free on it.", now.disk_free),
    }
    for name, (about, value) in told.items():
        yield from _head(name, "gauge", about)
        yield f"{name} {value}"
    yield from _head("audobon_state_bytes", "gauge", "What parts of the library's state take.")
    for part, size in now.parts:
        yield f"audobon_state_bytes{_labels((('part', part),))} {size}"


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


_ESCAPES: Mapping[int, str] = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
