"""What takes long and what fails, as a few lines of a panel; the page has all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from audobon.codec.words import counted, duration
from audobon.panel.words import age, job_name, sentence

if TYPE_CHECKING:
    from audobon.model.metrics import Fault, Figure, Metrics

__all__ = ["FaultLine", "fault_lines", "slow_lines", "switch_lines"]

_SLOWEST, _FAULTS = 4, 5
# A panel shows what matters first; the page has all.
_OURS = ("doctor",)
# What a check of the panel itself takes.
_OFF = "How long things take is not kept in this library"
_NOTHING = "Nothing was measured yet"
_HERE = "Kept on this machine only"


@frozen(slots=True)
class FaultLine:
    """Failures of one cause: ``text`` says what, how often and when, ``advice`` what to do.

    ``details`` are for a report.
    """

    text: str
    advice: str
    details: str


def slow_lines(metrics: Metrics | None) -> tuple[str, ...]:
    """What takes longest, calls and jobs, and how often previews lay ready; none before a check."""
    if metrics is None:
        return ()
    done = (*metrics.of("call", outcome="ok"), *metrics.of("job", state="done"))
    done = tuple(each for each in done if each.labels.get("call") not in _OURS)
    slowest = sorted(done, key=lambda each: each.p90, reverse=True)[:_SLOWEST]
    lines = [_slow(each) for each in slowest]
    asked = sum(each.count for each in metrics.of("cache", cache="previews"))
    if asked:
        had = sum(each.count for each in metrics.of("cache", cache="previews", answer="hit"))
        lines.append(f"Previews that lay ready: {100 * had // asked} % of {asked:,}")
    if not lines and metrics.on:
        lines.append(_NOTHING)
    return (*lines, *(() if metrics.on else (_OFF,)))


def switch_lines(metrics: Metrics | None) -> tuple[str, str]:
    """What is said beside the switch, and on it; empty before a check."""
    if metrics is None:
        return "", ""
    return (_HERE, "Do Not Keep") if metrics.on else ("", "Keep")


def _slow(each: Figure) -> str:
    if each.name == "job":
        what = f"{job_name(each.labels['kind'])} (work)"
    else:
        what = each.labels["call"].replace("-", " ").capitalize()
    if each.count == 1:
        return f"{what}: {duration(each.most)}, once"
    return f"{what}: 90 % in {duration(each.p90)}, {each.count:,} times"


def fault_lines(metrics: Metrics | None) -> tuple[FaultLine, ...]:
    """What failed in the last days, by cause, the last first."""
    return () if metrics is None else tuple(map(_fault, metrics.faults[:_FAULTS]))


def _fault(each: Fault) -> FaultLine:
    kind, of_job = each.kind.removeprefix("job "), each.kind.startswith("job ")
    what = job_name(kind) if of_job else kind.replace("-", " ").capitalize()
    times = "" if each.count == 1 else f"{counted(each.count, 'time')}, "
    text = f"{what}: {each.slug.replace('-', ' ')} ({times}{age(each.last)})"
    said = "" if each.latest is None else f"\njob {each.latest.job}: {each.latest.message}"
    at = f" in {each.at}" if each.at else ""
    return FaultLine(
        text,
        # Panels show no marks around commands.
        sentence(each.advice.replace("`", "'")),
        f"[{each.code}] {each.kind}{at}, {counted(each.count, 'time')}, since "
        f"{each.first:%Y-%m-%d %H:%M} UTC{said}",
    )
