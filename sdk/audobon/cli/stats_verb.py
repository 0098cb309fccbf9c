"""``audobon stats``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import counted, human_size, when
from audobon.codec.plain import to_plain
from audobon.errors import Invalid
from audobon.services.stats import Stats

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.storage.catalog import UseCount

_BY = ("month", "asset", "tag", "host", "kind")
_ROWS = 10
_BAR = 20  # characters of the longest bar
_AGE = re.compile(r"(\d+)d")


@verb("stats")
@click.option("--usage", is_flag=True, help="Instead: what was used, by month, asset, tag, host.")
@click.option("--on/--off", "switch", default=None, help="With --usage: note uses, or not.")
@click.option("--forget", is_flag=True, help="With --usage: remove what was noted, for good.")
@click.option("--older", metavar="DAYS", help="With --forget: only what is older, such as 365d.")
def command(
    out: Output,
    library: str | None,
    usage: bool,
    switch: bool | None,
    forget: bool,
    older: str | None,
) -> None:
    """Show counts and sizes: assets, versions, store, caches, jobs; or what was used."""
    if (switch is not None or forget) and not usage:
        raise Invalid("--on, --off and --forget are about uses", hint="give --usage too")
    if older is not None and not forget:
        raise Invalid("--older says what is forgotten", hint="give --usage --forget too")
    with open_library(library, writes=forget or switch is not None) as opened:
        if usage:
            _usage(out, opened, switch, forget=forget, older=older)
            return
        stats = opened.stats()
        data = {**to_plain(stats), "kinds": dict(stats.kinds), "jobs": dict(stats.jobs)}
        out.result(data, lambda: _text(stats))


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
        raise Invalid(f"{older!r} is no age in days", hint="write it as 365d")
    return datetime.now(UTC) - timedelta(days=int(found[1]))


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
