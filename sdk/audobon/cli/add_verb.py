"""``audobon add``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, progress_bar, verb
from audobon.codec.plain import error_data, to_plain
from audobon.errors import Cancelled
from audobon.model.asset import AddReport

_SHOWN = 20  # more failures than this scroll the summary away; --json lists all


@verb("add")
@click.argument("paths", nargs=-1, required=True)
@click.option("--tag", "tags", multiple=True, help="A tag for new assets (repeatable).")
@click.option("--catalog", help="The catalog of new assets, as Props/Furniture.")
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
    with open_library(library) as opened:
        with progress_bar(out, "Adding") as (progress, cancel):
            report = opened.add(paths, tags, catalog, progress=progress, cancel=cancel)
        if worker and (report.added or report.updated):
            opened.start_worker()
        out.result(_data(report), lambda: _text(report))
    if report.cancelled:
        raise Cancelled(
            f"adding was cancelled after {len(report.added)} files; they are kept",
            hint="run the same command again to go on",
        )
    if report.failed and not (report.added or report.updated or report.unchanged or report.moved):
        raise report.failed[0][1]


def _data(report: AddReport) -> dict[str, object]:
    data: dict[str, object] = {
        name: to_plain(getattr(report, name))
        for name in ("added", "updated", "unchanged", "moved", "missing", "cancelled")
    }
    data["failed"] = [{"path": path, "error": error_data(error)} for path, error in report.failed]
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
    lines.extend(f"  {path}: {error}" for path, error in report.failed[:_SHOWN])
    if len(report.failed) > _SHOWN:
        lines.append(f"  and {len(report.failed) - _SHOWN} more; --json lists all")
    return "\n".join(lines)
