"""Progress on a terminal, and Ctrl-C as a wish to stop rather than a crash."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from audobon.cli.base import Output
from audobon.cli.words import one_line
from audobon.services.files.ingest import Progress

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(out: Output, label: str) -> Iterator[tuple[Progress, Callable[[], bool]]]:
    """A progress callback that draws on a terminal, and a cancel that Ctrl-C sets.

    The first Ctrl-C (or a request to terminate, as of a service manager) asks
    for a clean stop, the second ends at once.
    """
    stop = threading.Event()
    with _interrupts(stop):
        if out.json or not sys.stderr.isatty():
            yield _no_progress, stop.is_set
            return
        # Imported when a bar is drawn: rich takes longer to load than most verbs to run.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[path]}", style="dim", markup=False),
        )
        with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None, path="")

            def report(done: int, total: int | None, path: str) -> None:
                bar.update(task, completed=done, total=total, path=one_line(Path(path).name))

            yield report, stop.is_set


def _no_progress(done: int, total: int | None, path: str) -> None:
    """Nobody looks."""


@contextmanager
def _interrupts(stop: threading.Event) -> Iterator[None]:
    def handle(signum: int, frame: object) -> None:
        if stop.is_set():
            # Whoever presses once more does not want to read how we end.
            signal.signal(signum, signal.SIG_DFL)
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {name: signal.signal(name, handle) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            if signal.getsignal(name) is handle:
                signal.signal(name, handler)
