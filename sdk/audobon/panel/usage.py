"""Uses and watching as panels show them: sentences, and bars with a length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from audobon.panel.words import sentence

if TYPE_CHECKING:
    from audobon.model.watch import WatchState
    from audobon.session.state import State
    from audobon.session.usage import UsageShown
    from audobon.storage.catalog import UseCount

__all__ = ["Bar", "Chart", "View", "charts", "usage_text", "view", "watch_hint", "watch_text"]

_HOSTS = {"": "Elsewhere", "blender": "Blender", "krita": "Krita", "command line": "Command line"}


@frozen(slots=True)
class Bar:
    """One bar: what, how often, and its length from 0 to 1 of the longest beside it."""

    label: str
    count: int
    share: float


@frozen(slots=True)
class Chart:
    """Bars under a heading; never without any."""

    title: str
    bars: tuple[Bar, ...]


@frozen(slots=True)
class View:
    """All that a panel shows, in sentences and bars.

    ``watched`` and ``noted`` are what the switches turn off; ``counted`` is
    True once somebody has asked for uses.
    """

    watch: str
    hint: str
    watched: bool
    usage: str
    noted: bool
    counted: bool
    charts: tuple[Chart, ...]


def view(state: State) -> View:
    """What there is to show of this state."""
    return View(
        watch=sentence(watch_text(state.watch)),
        hint=sentence(watch_hint(state.watch)),
        watched=state.watch is None or state.watch.state != "off",
        usage=sentence(usage_text(state.usage)),
        noted=state.usage is None or state.usage.on,
        counted=state.usage is not None,
        charts=charts(state.usage),
    )


def charts(usage: UsageShown | None) -> tuple[Chart, ...]:
    """What was used by month, asset, tag and host; empty where nothing was, or nobody has asked."""
    if usage is None:
        return ()
    assets = [(row.name.rpartition("/")[2], row) for row in usage.assets]
    hosts = [(_HOSTS.get(row.name, row.name), row) for row in usage.hosts]
    made = (
        _chart("By month", [(row.name, row) for row in usage.months]),
        _chart("Most used", assets),
        _chart("Tags", [(row.name, row) for row in usage.tags]),
        _chart("Where", hosts),
    )
    return tuple(chart for chart in made if chart.bars)


def _chart(title: str, rows: list[tuple[str, UseCount]]) -> Chart:
    most = max((row.count for _, row in rows), default=1)
    return Chart(title, tuple(Bar(label, row.count, row.count / most) for label, row in rows))


def usage_text(usage: UsageShown | None) -> str:
    """The sentence above the charts."""
    if usage is None:
        return "What was opened, placed, saved and exported; it is counted on this machine only"
    if not usage.on:
        return "Uses are not noted in this library"
    return "" if usage.months else "Nothing was used yet"


def watch_text(watch: WatchState | None) -> str:
    """Whether changes on disk are seen by themselves, in a few words."""
    if watch is None or watch.state in ("none", "starting"):
        return "Looking at everything once"
    if watch.state == "off":
        return "Changes on disk are not watched"
    if watch.state == "unable":
        return watch.problem or "Changes on disk cannot be watched"
    count = len(watch.folders)
    if not count:
        return watch.problem or "Single files are watched"
    away = f", {len(watch.away)} away" if watch.away else ""
    return f"{count} {'folder is' if count == 1 else 'folders are'} watched{away}"


def watch_hint(watch: WatchState | None) -> str:
    """What is not seen and what can be done, where there is something."""
    if watch is None:
        return ""
    problem = "" if watch_text(watch) == watch.problem else watch.problem
    away = f"away: {', '.join(watch.away)}" if watch.away else ""
    return "; ".join(part for part in (away, problem, watch.hint) if part)
