"""``audobon worker``."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted
from audobon.errors import Cancelled
from audobon.library import Library
from audobon.services.files.ingest import Progress

_LOOK_S = 0.5  # how often the bar looks at the queue: quick to the eye, nothing to the catalog


@verb("worker")
@click.option("--drain", is_flag=True, help="End when the queue is empty.")
@click.option(
    "--linger",
    default=0.0,
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="With --drain: wait so long for more.",
)
@click.option("--register", is_flag=True, help="Let hosts use this Python for their workers.")
def command(out: Output, library: str | None, drain: bool, linger: float, register: bool) -> None:
    """Run background jobs in worker processes; until Ctrl-C, or until the queue is empty.

    --register runs nothing: it tells Blender and Krita that this Python has
    what workers need, so that they need not bring it themselves.
    """
    if register:
        _register(out)
        return
    with open_library(library, writes=True) as opened:
        with progress_bar(out, "Working") as (progress, cancel):
            watched = _watched(opened, progress, cancel)
            done = opened.work(linger_s=linger if drain else float("inf"), cancel=watched)
            # To stop is the ordinary end of a worker that nobody told to drain.
            cut = drain and cancel()
        stopped = Cancelled("working was stopped; the jobs that are left stay queued")
        text = f"{counted(done.done, 'job')} done, {done.failed} failed"
        out.result(done, text, error=stopped if cut else None)


def _register(out: Output) -> None:
    from audobon.work.interpreter import register_environment, registered_environment

    target = register_environment()
    python = registered_environment()
    out.result({"python": python, "path": target}, f"workers of this user run {python}")


def _watched(opened: Library, progress: Progress, cancel: Callable[[], bool]) -> Callable[[], bool]:
    """``cancel`` that also shows, now and then, how many of the jobs are left."""
    total, looked = 0, float("-inf")

    def ask() -> bool:
        nonlocal total, looked
        if time.monotonic() - looked >= _LOOK_S:
            looked = time.monotonic()
            left = sum(len(opened.jobs(state, limit=10_000)) for state in ("queued", "running"))
            total = max(total, left)
            progress(total - left, total, "")
        return cancel()

    return ask
