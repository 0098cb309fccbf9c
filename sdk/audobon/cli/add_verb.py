"""``audobon add``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from audobon.cli import complete
from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import failed_line, unread_lines
from audobon.codec.plain import error_data, to_plain
from audobon.errors import AudobonError, Cancelled
from audobon.model.asset import AddReport

__all__ = ["command", "report_data"]

Pairs = tuple[tuple[str, Exception], ...]

_SHOWN = 20  # more failures than this scroll the summary away; --json lists all


@verb("add")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option(
    "--tag",
    "tags",
    multiple=True,
    shell_complete=complete.tags,
    help="A tag for new assets (repeatable).",
)
@click.option(
    "--catalog",
    shell_complete=complete.catalogs,
    help="The catalog of new assets, as Props/Furniture.",
)
@click.option("--worker/--no-worker", default=True, help="Make previews in the background now.")
def command(
    out: Output,
    library: str | None,
    paths: tuple[str, ...],
    tags: tuple[str, ...],
    catalog: str | None,
    worker: bool,
) -> None:
    """Index files and folders where they lie. Run it again after changes: it is quick."""
    with open_library(library, writes=True) as opened:
        with progress_bar(out, "Adding") as (progress, cancel):
            report = opened.add(paths, tags, catalog, progress=progress, cancel=cancel)
        if worker and (report.added or report.updated):
            opened.start_worker()
        error = _error(report)
        alone = error is not None and len(report.failed) == 1
        out.result(report_data(report), "" if alone else _text(report), error=error)


def _error(report: AddReport) -> AudobonError | None:
    """Why the whole call counts as failed: it was stopped, or nothing at all could be read."""
    if report.cancelled:
        return Cancelled(
            "adding was stopped; what was added until then is kept",
            hint="run the same command again to go on",
        )
    reached = (*report.added, *report.updated, *report.unchanged, *report.moved)
    if reached or not report.failed:
        return None
    first = report.failed[0][1]
    return first if isinstance(first, AudobonError) else AudobonError(str(first))


def report_data(report: AddReport) -> dict[str, object]:
    """The report as data, each failure with its path and its error."""
    data: dict[str, object] = {
        name: to_plain(getattr(report, name))
        for name in ("added", "updated", "unchanged", "moved", "missing", "cancelled")
    }
    for name in ("failed", "unread"):
        pairs: Pairs = getattr(report, name)
        data[name] = [{"path": path, "error": error_data(error)} for path, error in pairs]
    return data


def _text(report: AddReport) -> str:
    counts = (
        (len(report.added), "added"),
        (len(report.updated), "updated"),
        (len(report.moved), "moved"),
        (len(report.unchanged), "unchanged"),
        (len(report.missing), "missing"),
        (len(report.failed), "failed"),
    )
    lines = [", ".join(f"{count} {name}" for count, name in counts if count) or "no files found"]
    lines.extend(_named(report.failed))
    lines.extend(unread_lines([path for path, _ in report.unread]))
    return "\n".join(lines)


def _named(pairs: Pairs) -> Iterator[str]:
    for path, error in pairs[:_SHOWN]:
        yield f"  {failed_line(path, error)}"
    if len(pairs) > _SHOWN:
        yield f"  and {len(pairs) - _SHOWN} more; --json lists all"
