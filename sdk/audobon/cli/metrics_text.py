"""What ``audobon stats --metrics`` and ``--errors`` print for people."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.cli.table import table
from audobon.cli.words import human_size, percent, when
from audobon.codec.words import counted, duration
from audobon.model.metrics import Fault, Figure, Metrics

__all__ = ["faults_text", "metrics_text"]

_TIMES = ("count", "half in", "90 % in", "99 % in", "longest")
_HEADS = {
    "call": "Calls",
    "job": "Jobs",
    "job_wait": "Jobs waited",
    "inference": "Inference, an asset",
}
_OFF = "Metrics are not kept now; 'audobon stats --metrics --on' has them kept."


def metrics_text(found: Metrics) -> str:
    """Tables of all that was measured, and of what there is now."""
    parts = [f"Since {when(found.since)}, on this machine only"]
    for name, head in _HEADS.items():
        rows = [_timed(each) for each in found.of(name)]
        if rows:
            parts.append(table(rows, (head, *_TIMES)))
    caches = _caches(found)
    if caches:
        parts.append(table(caches, ("Caches", "asked", "had")))
    parts.append(table(_now(found), ("Now", "")))
    if found.faults:
        times = sum(each.count for each in found.faults)
        parts.append(f"{counted(times, 'error')}; 'audobon stats --errors' tells what to do")
    parts.append(f"Percentiles are at most {percent(found.error)} off.")
    if not found.on:
        parts.append(_OFF)
    return "\n\n".join(parts)


def _timed(each: Figure) -> tuple[str, ...]:
    told = [value for value in each.labels.values() if value not in ("ok", "done")]
    times = (each.p50, each.p90, each.p99, each.most)
    return " ".join(told), f"{each.count}", *map(duration, times)


def _caches(found: Metrics) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for cache in sorted({each.labels["cache"] for each in found.of("cache")}):
        asked = sum(each.count for each in found.of("cache", cache=cache))
        had = sum(each.count for each in found.of("cache", cache=cache, answer="hit"))
        rows.append((cache, str(asked), percent(had / asked)))
    return rows


def _now(found: Metrics) -> list[tuple[str, str]]:
    now = found.now
    rows = [
        ("memory of the machine", f"{human_size(now.memory_free)} free of "
         f"{human_size(now.memory_total)}"),
        ("disk", f"{human_size(now.disk_free)} free of {human_size(now.disk_total)}"),
    ]  # fmt: skip
    for each in found.of("memory"):
        rows.append((f"most memory of a {each.labels['process']}", human_size(each.most)))
    rows += [(name, human_size(size)) for name, size in now.parts]
    return [*rows, ("metrics", human_size(found.kept_bytes))]


def faults_text(found: Metrics) -> str:
    """Each cause with how often, when last, and what is to be done."""
    off = "" if found.on else f"\n\n{_OFF}"
    if not found.faults:
        return f"no error since {when(found.since)}{off}"
    return "\n\n".join("\n".join(_fault(each)) for each in found.faults) + off


def _fault(each: Fault) -> Sequence[str]:
    times = "once" if each.count == 1 else f"{each.count} times"
    lines = [f"{each.kind}: {each.slug} [{each.code}], {times}, last {when(each.last)}"]
    if each.latest is not None:
        lines.append(f"  job {each.latest.job}: {each.latest.message}")
        if each.latest.hint:
            lines.append(f"  hint: {each.latest.hint}")
    if each.advice:
        lines.append(f"  what to do: {each.advice}")
    if each.at:
        lines.append(f"  raised in {each.at}")
    return lines
