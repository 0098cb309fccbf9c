"""What every verb shares: the library, output as text or JSON, errors, progress."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from audobon.codec.plain import dumps, error_data
from audobon.errors import AudobonError, Cancelled
from audobon.library import Library, find_library
from audobon.services.ingest import Progress

__all__ = ["Output", "asset_argument", "human_size", "open_library", "progress_bar", "verb"]

ENVIRONMENT = "AUDOBON_LIBRARY"


class Output:
    """Prints a result once: as JSON on one line, or as text for people."""

    def __init__(self, *, json: bool) -> None:
        self.json = json

    def result(self, value: Any, text: str | Callable[[], str] = "") -> None:
        """``value`` for scripts, ``text`` for people; an empty text prints nothing."""
        if self.json:
            click.echo(dumps(value))
            return
        shown = text() if callable(text) else text
        if shown:
            click.echo(shown)

    def note(self, text: str) -> None:
        """A remark beside the result, on stderr, for people only."""
        if not self.json:
            click.echo(text, err=True)


def verb(name: str, **settings: Any) -> Callable[[Callable[..., None]], click.Command]:
    """A click command with ``--library`` and ``--json``, and errors turned into exit status.

    The function gets ``out`` (:class:`Output`) and ``library`` (the option's
    value, to be given to :func:`open_library`) first.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(library: str | None, as_json: bool, **arguments: Any) -> None:
            out = Output(json=as_json)
            try:
                function(out, library, **arguments)
            except AudobonError as error:
                fail(out, error)
            except KeyboardInterrupt:
                fail(out, Cancelled("stopped by Ctrl-C; what was finished is kept"))
            except BrokenPipeError:
                # The reader went away (``| head``): not an error, but nothing
                # more can be written, not even at exit.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

        run = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(run)
        run = click.option(
            "--library",
            metavar="PATH",
            envvar=ENVIRONMENT,
            help=f"The library's folder (else {ENVIRONMENT}, else found upwards from here).",
        )(run)
        # The overloads of click.command cannot see through arbitrary settings.
        make: Callable[[Callable[..., None]], click.Command] = click.command(
            name, help=function.__doc__, **settings
        )
        return make(run)

    return decorate


def fail(out: Output, error: AudobonError) -> None:
    """Print an error and end with its code."""
    if out.json:
        click.echo(dumps({"error": error_data(error)}))
    else:
        click.echo(f"audobon: {error}", err=True)
        if error.hint:
            click.echo(f"  hint: {error.hint}", err=True)
    sys.exit(error.code)


def library_folder(option: str | None) -> Path:
    """The folder that the option names, or the nearest library upwards. NotFound."""
    return Path(option) if option else find_library(Path.cwd())


@contextmanager
def open_library(option: str | None, *, read_only: bool = False) -> Iterator[Library]:
    """The library that the option, the environment or the current folder names."""
    with Library.open(library_folder(option), read_only) as library:
        yield library


def asset_argument(text: str) -> str:
    """A path as typed: one that exists is meant from the current folder, else from a root."""
    return str(Path(text).absolute()) if os.path.lexists(text) else text


@contextmanager
def progress_bar(out: Output, label: str) -> Iterator[tuple[Progress, Callable[[], bool]]]:
    """A progress callback that draws on a terminal, and a cancel that Ctrl-C sets.

    The first Ctrl-C asks for a clean stop, the second ends at once.
    """
    stop = threading.Event()
    with _interrupts(stop):
        if out.json or not sys.stderr.isatty():
            yield _no_progress, stop.is_set
            return
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
                bar.update(task, completed=done, total=total, path=Path(path).name)

            yield report, stop.is_set


def _no_progress(done: int, total: int | None, path: str) -> None:
    """Nobody looks."""


@contextmanager
def _interrupts(stop: threading.Event) -> Iterator[None]:
    def handle(signum: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def human_size(count: float) -> str:
    """Bytes as people read them, in powers of 1024."""
    for unit in ("B", "KB", "MB", "GB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"
