"""How a library is: what was slow, what failed, what is full, and what the doctor says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from audobon.codec.words import counted, duration, human_size, percent
from audobon.model.health import Check, Health
from audobon.model.metrics import Fault, Figure, MetricRow, Metrics, quantile
from audobon.pages.look import document, safe, table
from audobon.pages.plots import Reach, Stack, columns, curve, reaches, shares
from audobon.pages.svg import PLOT_STYLE, card

__all__ = ["health_page"]

_MOST_SLOTS = 60
_SLOTS_H = (1, 3, 6, 12, 24, 72, 168)
_JOB_TONES = {"done": "good", "failed": "bad", "cancelled": "dull", "retried": "mark"}
_ORDER = ("problem", "warning", "off", "ok")
_WORDS = {"problem": "mend", "warning": "remark", "off": "off", "ok": "ok"}
_PLOTTED = 4
# Calls whose time is drawn over time: those that are made most.

_STYLE = """
.fault { background: var(--panel); border: 1px solid var(--line); border-left: 3px solid
  var(--bad); border-radius: 8px; padding: 12px 16px; margin: 0 0 12px; }
.fault b { font-weight: 600; } .fault small { color: var(--soft); display: block; }
.fault p { margin: 6px 0 0; color: var(--ink); overflow-wrap: anywhere; }
.checks td:first-child { width: 70px; font-weight: 600; }
.checks td:nth-child(2) { white-space: nowrap; } .checks { width: 100%; }
.state-problem { color: var(--bad); } .state-warning { color: var(--mark); }
.state-ok { color: var(--good); } .state-off { color: var(--soft); }
"""


@frozen(slots=True)
class _Slots:
    """Times that follow each other, and which rows fall where."""

    starts: tuple[datetime, ...]
    step: timedelta

    def place(self, row: MetricRow) -> int | None:
        place = int((row.start - self.starts[0]) / self.step)
        return place if 0 <= place < len(self.starts) else None


def health_page(
    name: str,
    found: Metrics,
    rows: Sequence[MetricRow],
    figures: Sequence[tuple[str, str]],
    health: Health | None = None,
) -> str:
    """A whole page. ``rows`` are of the same time as ``found``; ``figures`` what there is."""
    slots = _slots(found, rows)
    parts = [
        f"<h1>{safe(name)}</h1>",
        f"<p>{_lead(found)}</p>",
        _cards(found, health),
        _times(found, rows, slots),
        _jobs(found, rows, slots),
        _caches(found),
        _inference(found),
        _levels(found, rows, slots),
        _faults(found.faults),
        _checks(health),
        "<h2>What there is</h2>" + table([(label, value) for label, value in figures]),
        f"<footer>Counted on this machine only, and sent nowhere. Percentiles are at most "
        f"{percent(found.error)} off. Schema {found.schema}.</footer>",
    ]
    return document(f"{name}: health", "".join(parts), style=PLOT_STYLE + _STYLE)


def _lead(found: Metrics) -> str:
    kept = "" if found.on else " Metrics are switched off: nothing new is added."
    since, until = found.since.astimezone(), found.until.astimezone()
    return f"{since:%d %B %Y, %H:%M} to {until:%d %B %Y, %H:%M}.{kept}"


def _slots(found: Metrics, rows: Sequence[MetricRow]) -> _Slots:
    """From the first that is known, in steps of which there are not too many."""
    first = min((row.start for row in rows), default=found.until)
    first = max(first, found.since.replace(minute=0, second=0, microsecond=0))
    first = first.replace(minute=0, second=0, microsecond=0)
    whole = found.until - first
    hours = next(
        (each for each in _SLOTS_H if whole <= timedelta(hours=each * _MOST_SLOTS)), _SLOTS_H[-1]
    )
    if hours >= 24:
        first = first.replace(hour=0)
    step = timedelta(hours=hours)
    count = min(int((found.until - first) / step) + 1, 4 * _MOST_SLOTS)
    return _Slots(tuple(first + step * number for number in range(max(1, count))), step)


def _cards(found: Metrics, health: Health | None) -> str:
    cards = []
    if health is not None:
        bad = sum(check.state == "problem" for check in health.checks)
        text = f"{bad} to mend" if bad else "In order"
        cards.append(card(text, "the doctor's findings", "bad" if bad else "good"))
    for call, label in (("search", "searches"), ("preview", "previews asked for")):
        for each in found.of("call", call=call, outcome="ok"):
            cards.append(card(duration(each.p90), f"90 % of {each.count:,} {label}"))
    done = sum(each.count for each in found.of("job", state="done"))
    failed = sum(each.count for each in found.of("job", state="failed"))
    if done or failed:
        cards.append(card(f"{done:,}", f"jobs done, {failed:,} failed", "bad" if failed else ""))
    faults = sum(each.count for each in found.faults)
    cards.append(card(f"{faults:,}", "failures", "mark" if faults else "good"))
    now = found.now
    if now.memory_total:
        free = f"memory free of {human_size(now.memory_total)}"
        cards.append(card(human_size(now.memory_free), free))
    tight = now.disk_free < 1 << 30
    cards.append(
        card(human_size(now.disk_free), f"disk free of {human_size(now.disk_total)}",
              "bad" if tight else "")
    )  # fmt: skip
    return f'<div class="cards">{"".join(cards)}</div>'


def _reach(each: Figure, label: str) -> Reach:
    return Reach(label, each.count, each.least, each.p50, each.p90, each.p99, each.most)


def _label(each: Figure, *plain: str) -> str:
    return " ".join(value for value in each.labels.values() if value not in plain)


_READ = (
    "Each bar is from what half took to what 90 % took, the fine line from the quickest to the "
    "slowest, the last tick 99 %. Each step to the right is ten times as long."
)


def _times(found: Metrics, rows: Sequence[MetricRow], slots: _Slots) -> str:
    calls = sorted(found.of("call"), key=lambda each: each.p90, reverse=True)
    if not calls:
        return "<h2>Response times</h2><p>Nothing was measured in this time.</p>"
    drawn = reaches([_reach(each, _label(each, "ok")) for each in calls], "Response times")
    parts = [f"<h2>Response times</h2><p>{_READ}</p>{drawn}"]
    often = sorted(found.of("call", outcome="ok"), key=lambda each: -each.count)[:_PLOTTED]
    for each in often if len(slots.starts) > 1 else ():
        call = each.labels["call"]
        mine = [row for row in rows if row.name == "call" and row.labels == dict(each.labels)]
        pairs = [_halves(part) for part in _parted(mine, slots)]
        label = f"{call}: from half to 90 %, over time"
        parts.append(f"<h3>{safe(label)}</h3>" + curve(slots.starts, pairs, label, duration))
    return "".join(parts)


def _parted(rows: Iterable[MetricRow], slots: _Slots) -> list[list[MetricRow]]:
    parts: list[list[MetricRow]] = [[] for _ in slots.starts]
    for row in rows:
        place = slots.place(row)
        if place is not None:
            parts[place].append(row)
    return parts


def _halves(rows: Sequence[MetricRow]) -> tuple[float, float] | None:
    if not rows:
        return None
    buckets: dict[int, int] = {}
    for row in rows:
        for bucket, count in row.buckets.items():
            buckets[int(bucket)] = buckets.get(int(bucket), 0) + count
    least, most = min(row.least for row in rows), max(row.most for row in rows)
    return quantile(buckets, 0.5, least, most), quantile(buckets, 0.9, least, most)


def _jobs(found: Metrics, rows: Sequence[MetricRow], slots: _Slots) -> str:
    jobs = sorted(found.of("job"), key=lambda each: each.p90, reverse=True)
    if not jobs:
        return ""
    parts = ["<h2>Jobs</h2>"]
    stacks = []
    for state, tone in _JOB_TONES.items():
        mine = [row for row in rows if row.name == "job" and row.labels["state"] == state]
        counts = [sum(row.count for row in part) for part in _parted(mine, slots)]
        stacks.append(Stack(state, tone, counts))
    if len(slots.starts) > 1:
        parts.append(columns(slots.starts, stacks, "Jobs over time"))
    parts.append("<h3>How long they took</h3>")
    parts.append(reaches([_reach(each, _label(each, "done")) for each in jobs], "Jobs"))
    waits = sorted(found.of("job_wait"), key=lambda each: each.p90, reverse=True)
    if waits:
        parts.append("<h3>How long they waited before</h3>")
        parts.append(reaches([_reach(each, _label(each)) for each in waits], "Waiting"))
    return "".join(parts)


def _caches(found: Metrics) -> str:
    rows = []
    for cache in sorted({each.labels["cache"] for each in found.of("cache")}):
        asked = sum(each.count for each in found.of("cache", cache=cache))
        had = sum(each.count for each in found.of("cache", cache=cache, answer="hit"))
        rows.append((cache, had / asked, f"{percent(had / asked)} of {asked:,}"))
    if not rows:
        return ""
    lead = "How often what was asked for lay there already; the rest had to be made."
    return f"<h2>Caches</h2><p>{lead}</p>{shares(rows, 'Caches', whole=1.0)}"


def _inference(found: Metrics) -> str:
    runs = sorted(found.of("inference"), key=lambda each: each.p90, reverse=True)
    if not runs:
        return ""
    rows = [_reach(each, _computed(each)) for each in runs]
    lead = "One asset computed, by the device that did it."
    return f"<h2>Inference</h2><p>{lead}</p>{reaches(rows, 'Inference')}"


def _computed(each: Figure) -> str:
    device = each.labels["device"]
    return each.labels["pipeline"] + ("" if device == "none" else f" on {device}")


def _levels(found: Metrics, rows: Sequence[MetricRow], slots: _Slots) -> str:
    parts = ["<h2>Memory and disk</h2>"]
    if len(slots.starts) > 1:
        for process in sorted({each.labels["process"] for each in found.of("memory")}):
            mine = [r for r in rows if r.name == "memory" and r.labels["process"] == process]
            pairs = [
                (min(r.least for r in part), max(r.most for r in part)) if part else None
                for part in _parted(mine, slots)
            ]
            label = f"Memory of a {process}"
            parts.append(f"<h3>{safe(label)}</h3>" + curve(slots.starts, pairs, label, human_size))
    sizes = [
        (name, float(size), human_size(size))
        for name, size in sorted(found.now.parts, key=lambda part: -part[1])
        if size
    ]
    parts.append("<h3>What the library's state takes</h3>" + shares(sizes, "Sizes"))
    return "".join(parts)


def _faults(faults: Sequence[Fault]) -> str:
    if not faults:
        return "<h2>Failures</h2><p>None in this time.</p>"
    return "<h2>Failures</h2><p>By cause, the last first.</p>" + "".join(map(_fault, faults))


def _fault(each: Fault) -> str:
    times = "once" if each.count == 1 else f"{each.count:,} times"
    said = ""
    if each.latest is not None:
        hint = f" ({each.latest.hint})" if each.latest.hint else ""
        said = f"<p>Job {each.latest.job}: {safe(each.latest.message + hint)}</p>"
    where = f", raised in {each.at}" if each.at else ""
    return (
        f'<div class="fault"><b>{safe(each.kind)}: {safe(each.slug)} [{each.code}], {times}</b>'
        f"<small>last {each.last.astimezone():%d %B %Y, %H:%M}{safe(where)}</small>{said}"
        f"<p>{safe(each.advice)}</p></div>"
    )


def _checks(health: Health | None) -> str:
    if health is None:
        return ""
    checks = sorted(health.checks, key=lambda check: _ORDER.index(check.state))
    rows = "".join(map(_check, checks))
    bad = sum(check.state == "problem" for check in checks)
    lead = f"{counted(bad, 'thing')} to mend." if bad else "Nothing has to be mended."
    return f'<h2>The doctor</h2><p>{lead}</p><table class="checks">{rows}</table>'


def _check(check: Check) -> str:
    hint = f"<br><small>{safe(check.hint)}</small>" if check.hint else ""
    return (
        f'<tr><td class="state-{check.state}">{_WORDS[check.state]}</td>'
        f"<td>{safe(check.name)}</td><td>{safe(check.message)}{hint}</td></tr>"
    )
