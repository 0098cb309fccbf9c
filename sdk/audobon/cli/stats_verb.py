"""``audobon stats``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.metrics_text import faults_text, metrics_text
from audobon.cli.table import table
from audobon.cli.targets import need_own
from audobon.cli.words import counted, human_size, one_line, when
from audobon.codec.plain import to_plain
from audobon.errors import Invalid
from audobon.services.health.stats import Stats

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.storage.catalog import UseCount

_BY = ("month", "asset", "tag", "host", "kind")
_ROWS = 10
_BAR = 20  # characters of the longest bar
_AGE = re.compile(r"(\d+)([dh])")
_HOURS = {"d": 24, "h": 1}
_WEEK = "7d"


@verb("stats")
@click.option("--usage", is_flag=True, help="Instead: what was used, by month, asset, tag, host.")
@click.option("--metrics", is_flag=True, help="Instead: how long things take, caches, memory.")
@click.option("--errors", is_flag=True, help="Instead: what failed, by cause, and what to do.")
@click.option("--prometheus", is_flag=True, help="Instead: totals as text for Prometheus.")
@click.option(
    *("--page", "page"),
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write metrics, failures and sizes as a page with plots.",
)
@click.option("--since", metavar="AGE", help="Of metrics and errors: 7d (usual), 24h, ...")
@click.option("--on/--off", "switch", default=None, help="Have uses (or metrics) noted, or not.")
@click.option("--forget", is_flag=True, help="Remove noted uses (or metrics), for good.")
@click.option("--older", metavar="AGE", help="With --forget: only what is older, such as 365d.")
def command(
    out: Output,
    library: str | None,
    usage: bool,
    metrics: bool,
    errors: bool,
    prometheus: bool,
    page: Path | None,
    since: str | None,
    switch: bool | None,
    forget: bool,
    older: str | None,
) -> None:
    """Show counts and sizes; or what was used, how long things take, what failed."""
    asked = (usage, metrics, errors, prometheus, page is not None)
    if sum(asked) > 1:
        raise Invalid(
            "--usage, --metrics, --errors, --prometheus and --page are one answer each",
            hint="give one",
        )
    if (switch is not None or forget) and not (usage or metrics):
        raise Invalid(
            "--on, --off and --forget are about uses or metrics",
            hint="give --usage or --metrics too",
        )
    if older is not None and not forget:
        raise Invalid("--older says what is forgotten", hint="give --forget too")
    if since is not None and not (metrics or errors or page):
        raise Invalid("--since is of metrics, errors and pages", hint="give --metrics too")
    with open_library(library, writes=forget or switch is not None) as opened:
        if usage:
            _usage(out, opened, switch, forget=forget, older=older)
            return
        if prometheus:
            told = opened.prometheus()
            out.result({"prometheus": told}, told.rstrip())
            return
        if page is not None:
            need_own(opened, page, ("html",))
            opened.health_page(page, since=_before(since), check=False)
            out.result({"page": page}, one_line(str(page)))
            return
        if metrics and (forget or switch is not None):
            _keep(out, opened, switch, forget=forget, older=older)
            return
        if metrics or errors:
            _measured(out, opened, _before(since or _WEEK), errors=errors)
            return
        stats = opened.stats()
        data = {**to_plain(stats), "kinds": dict(stats.kinds), "jobs": dict(stats.jobs)}
        out.result(data, lambda: _text(stats))


def _measured(out: Output, opened: Library, since: datetime | None, *, errors: bool) -> None:
    found = opened.metrics(since)
    if errors:
        data = {"on": found.on, "since": found.since, "errors": found.faults}
        out.result(data, lambda: faults_text(found))
        return
    out.result(found, lambda: metrics_text(found))


def _keep(
    out: Output, opened: Library, switch: bool | None, *, forget: bool, older: str | None
) -> None:
    if switch is not None:
        opened.switch_metrics(on=switch)
    gone = opened.forget_metrics(_before(older)) if forget else 0
    state = "kept" if opened.metrics_on else "not kept"
    told = f"{counted(gone, 'row')} forgotten; " if forget else ""
    data = {"forgotten": gone, "on": opened.metrics_on}
    out.result(data, f"{told}metrics are {state} from now on")


def _usage(
    out: Output, opened: Library, switch: bool | None, *, forget: bool, older: str | None
) -> None:
    if switch is not None:
        opened.switch_usage(on=switch)
    if forget:
        gone = opened.forget_usage(_before(older))
        out.result({"forgotten": gone, "on": opened.usage_on}, f"{counted(gone, 'use')} forgotten")
        return
    found = {by: opened.usage(by, limit=_ROWS) for by in _BY}
    on = opened.usage_on
    out.result({"on": on, **found}, lambda: _uses(found, on=on))


def _before(older: str | None) -> datetime | None:
    if older is None:
        return None
    found = _AGE.fullmatch(older)
    if found is None:
        raise Invalid(f"{older!r} is no age", hint="write it as 365d or 24h")
    return datetime.now(UTC) - timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _uses(found: dict[str, tuple[UseCount, ...]], *, on: bool) -> str:
    state = "" if on else "\nUses are not noted now; 'audobon stats --usage --on' has them noted."
    if not found["kind"]:
        return "nothing was used yet" + state
    parts = []
    for by, rows in found.items():
        most = max((row.count for row in rows), default=1)
        lines = [
            (row.name or "(no host)", str(row.count), _bar(row.count / most), when(row.last))
            for row in rows
        ]
        if lines:
            parts.append(f"By {by}\n{table(lines)}")
    return "\n\n".join(parts) + state


def _bar(share: float) -> str:
    return "#" * max(1, round(share * _BAR))


def _text(stats: Stats) -> str:
    jobs = ", ".join(f"{count} {state}" for state, count in stats.jobs if count)
    rows = [
        ("assets", f"{stats.assets} ({human_size(stats.asset_bytes)})"),
        *((f"  {kind}", str(count)) for kind, count in stats.kinds),
        ("missing", str(stats.missing)),
        *([("only at a remote", str(stats.remote))] if stats.remote else []),
        ("tags", str(stats.tags)),
        ("catalogs", str(stats.catalogs)),
        ("versions", str(stats.versions)),
        ("stored files", f"{stats.stored_files} ({human_size(stats.stored_raw)})"),
        ("on disk", human_size(stats.stored_bytes)),
        ("previews", f"{stats.previews} ({human_size(stats.preview_bytes)})"),
        ("search index", human_size(stats.index_bytes)),
        ("jobs", jobs or "none"),
    ]
    return table(rows)
