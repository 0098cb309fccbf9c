"""What every verb shares: the library, output as text or JSON, errors as exit status."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from audobon.cli.words import json_safe, printable
from audobon.codec.plain import dumps, error_data, to_plain
from audobon.errors import AudobonError, Cancelled, NoLibrary, ReadOnly
from audobon.library import Library, find_library
from audobon.system.asking import About, ask_with
from audobon.system.files import translate_os_error

__all__ = ["Output", "asset_argument", "fail", "open_library", "print_json", "verb"]

ENVIRONMENT = "AUDOBON_LIBRARY"
PASSPHRASE = "AUDOBON_PASSPHRASE"
PASSPHRASE_FILE = "AUDOBON_PASSPHRASE_FILE"
LIBRARY_PASSPHRASE = "AUDOBON_LIBRARY_PASSPHRASE"
LIBRARY_PASSPHRASE_FILE = "AUDOBON_LIBRARY_PASSPHRASE_FILE"


class Output:
    """Prints a result once: as one JSON object on one line, or as text for people."""

    def __init__(self, *, json: bool) -> None:
        self.json = json

    def result(
        self, value: Any, text: str | Callable[[], str] = "", *, error: AudobonError | None = None
    ) -> None:
        """``value`` (an object) for scripts, ``text`` for people; an empty text prints nothing.

        With ``error`` the result was only reached in part: JSON gets it as
        ``error`` beside the rest, people after the text, and the command ends
        with its code.
        """
        if self.json:
            data = to_plain(value)
            print_json(data if error is None else {**data, "error": error_data(error)})
        else:
            shown = text() if callable(text) else text
            if shown:
                click.echo(printable(shown))
        if error is not None:
            if not self.json:
                _tell(error)
            sys.exit(error.code)

    def note(self, text: str) -> None:
        """A remark beside the result, on stderr, for people only."""
        if not self.json:
            click.echo(printable(text), err=True)


def print_json(value: object) -> None:
    """One line of JSON on stdout, in ASCII where stdout is not UTF-8."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    plain = encoding.lower().replace("-", "") == "utf8"
    click.echo(json_safe(dumps(value) if plain else json.dumps(to_plain(value))))


def verb(name: str, **settings: Any) -> Callable[[Callable[..., None]], click.Command]:
    """A click command with ``--library`` and ``--json``, and errors turned into exit status.

    The function gets ``out`` (:class:`Output`) and ``library`` (the option's
    value, to be given to :func:`open_library`) first.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(library: str | None, as_json: bool, **arguments: Any) -> None:
            out = Output(json=as_json)
            ask_with(functools.partial(_ask, out))
            try:
                function(out, library, **arguments)
                sys.stdout.flush()
            except AudobonError as error:
                fail(out, error)
            except KeyboardInterrupt:
                fail(out, Cancelled("stopped by Ctrl-C; what was finished is kept"))
            except BrokenPipeError:
                # The reader went away (``| head``): not an error, but nothing
                # more can be written, not even at exit.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            except OSError as error:
                fail(out, translate_os_error(error, str(error.filename or "a file of the library")))
            finally:
                ask_with(None)

        wrapped: Any = run
        as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
        wrapped = as_json(wrapped)
        wrapped = click.option(
            "--library",
            metavar="PATH",
            envvar=ENVIRONMENT,
            type=click.Path(),
            help=f"The library's folder (else {ENVIRONMENT}, else found upwards from here).",
        )(wrapped)
        make: Any = click.command(name, help=function.__doc__, **settings)
        command: click.Command = make(wrapped)
        return command

    return decorate


def _ask(out: Output, what: str, about: About) -> str | None:
    """What the environment says, or what somebody types without an echo. Invalid, Unavailable.

    A library and the place that it is pushed to may have two passphrases: what is named after the
    library comes first for that one.
    """
    said = _in_environment(LIBRARY_PASSPHRASE) if about == "library" else None
    if said is None:
        said = _in_environment(PASSPHRASE)
    if said is None and not out.json and sys.stdin.isatty():
        said = click.prompt(printable(what), hide_input=True, err=True)
    return said


def _in_environment(variable: str) -> str | None:
    """A passphrase in the file that the environment names, else in the environment itself."""
    if file := os.environ.get(f"{variable}_FILE"):  # of verbs without that option, as fetch
        from audobon.services.places.sealing import read_passphrase

        return read_passphrase(Path(file).expanduser()).text()
    return os.environ.get(variable)


def fail(out: Output, error: AudobonError) -> NoReturn:
    """Print an error and end with its code."""
    if out.json:
        print_json({"error": error_data(error)})
    else:
        _tell(error)
    sys.exit(error.code)


def _tell(error: AudobonError) -> None:
    click.echo(printable(f"audobon: {error}"), err=True)
    if error.hint:
        click.echo(printable(f"  hint: {error.hint}"), err=True)


def library_folder(option: str | None) -> Path:
    """The folder that the option names, or the nearest library upwards. NoLibrary."""
    return Path(option).expanduser() if option else find_library(Path.cwd())


@contextmanager
def open_library(option: str | None, *, writes: bool = False) -> Iterator[Library]:
    """The library that the option, the environment or the current folder names.

    Verbs that only read open it for reading where it cannot be written.
    """
    folder = library_folder(option)
    try:
        opened = Library.open(folder)
    except NoLibrary as error:
        raise NoLibrary(
            str(error), subject=error.subject, hint=f"make one there with 'audobon init {folder}'"
        ) from error
    except ReadOnly:
        if writes:
            raise
        opened = Library.open(folder, read_only=True)
    with opened as library:
        yield library


def asset_argument(text: str) -> str:
    """A path as typed: one that exists is meant from the current folder, else from a root."""
    return str(Path(text).absolute()) if os.path.lexists(text) else text
