"""``audobon worker``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, progress_bar, verb


@verb("worker")
@click.option("--drain", is_flag=True, help="End when the queue is empty.")
@click.option("--linger", default=0.0, help="With --drain: wait this many seconds for more.")
def command(out: Output, library: str | None, drain: bool, linger: float) -> None:
    """Run background jobs in worker processes; until Ctrl-C, or until the queue is empty."""
    with (
        open_library(library) as opened,
        progress_bar(out, "Working") as (_, cancel),
    ):
        done = opened.work(linger_s=linger if drain else float("inf"), cancel=cancel)
        out.result(done, f"{done.done} jobs done, {done.failed} failed")
