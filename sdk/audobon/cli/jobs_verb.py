"""``audobon jobs``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table
from audobon.model.job import JOB_STATES


@verb("jobs")
@click.option("--state", type=click.Choice(JOB_STATES))
@click.option("--cancel", "cancelled", type=int, metavar="ID", help="Cancel a job.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
def command(
    out: Output, library: str | None, state: str | None, cancelled: int | None, limit: int
) -> None:
    """List background jobs, newest first, or cancel one."""
    with open_library(library) as opened:
        if cancelled is not None:
            opened.job(cancelled).cancel()
        jobs = opened.jobs(state, limit=limit)
        rows = [
            (str(job.id), job.kind, job.state, f"{job.progress:.0%}", job.reason) for job in jobs
        ]
        out.result(
            [job.row for job in jobs],
            lambda: table(rows, head=("id", "kind", "state", "done", "reason")),
        )
