"""``audobon jobs``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import when
from audobon.codec.plain import to_plain
from audobon.model.job import JOB_STATES, JobRow


@verb("jobs")
@click.option("--state", type=click.Choice(JOB_STATES), help="Only those.")
@click.option("--cancel", "cancelled", type=int, metavar="ID", help="Cancel a job.")
@click.option("--retry", "retried", type=int, metavar="ID", help="Queue one anew that failed.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most.")
def command(
    out: Output,
    library: str | None,
    state: str | None,
    cancelled: int | None,
    retried: int | None,
    limit: int,
) -> None:
    """List background jobs, newest first; cancel one, or queue one anew that failed."""
    with open_library(library, writes=(cancelled, retried) != (None, None)) as opened:
        if cancelled is not None:
            opened.job(cancelled).cancel()
        if retried is not None:
            opened.job(retried).again()
        rows = [job.row for job in opened.jobs(state, limit=limit)]
        out.result({"jobs": [_data(row) for row in rows]}, lambda: _text(rows) or "no jobs")


def _data(row: JobRow) -> dict[str, object]:
    error = None if row.error is None else {"code": row.error[0], "message": row.error[1]}
    return {**to_plain(row), "error": error}


def _text(rows: list[JobRow]) -> str:
    head = ("id", "kind", "state", "progress", "asked for", "reason")
    lines = [
        (
            str(row.id),
            row.kind,
            row.state,
            f"{row.progress:.0%}",
            when(row.created),
            "" if row.error is None else row.error[1],
        )
        for row in rows
    ]
    return table(lines, head, cut=False)
