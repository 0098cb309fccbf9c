"""Passphrases on the command line: out of a file, the environment, or typed without an echo.

And as whom a bucket is used, which is no secret.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from audobon.cli.base import (
    LIBRARY_PASSPHRASE,
    LIBRARY_PASSPHRASE_FILE,
    PASSPHRASE,
    PASSPHRASE_FILE,
    Output,
)
from audobon.errors import Invalid, Unavailable
from audobon.library import Library
from audobon.services.places.sealing import Secret, passphrase_of, read_passphrase

__all__ = ["NEW", "PRINT", "encrypt", "impersonate", "library_secret", "new_passphrase"]
__all__ += ["passphrase_file", "passphrase_from", "recovery_data", "recovery_text"]

NEW = "AUDOBON_NEW_PASSPHRASE"
PRINT = "print it and keep it away from this machine; it is not shown again"
"""Said below a recovery key."""


def passphrase_file(function: Callable[..., None]) -> Callable[..., None]:
    """The option ``--passphrase-file``; also the variable ``AUDOBON_PASSPHRASE_FILE``."""
    option: Any = click.option(
        "--passphrase-file",
        metavar="FILE",
        envvar=PASSPHRASE_FILE,
        type=click.Path(),
        help="Has the passphrase of an encrypted place; only you may read it.",
    )
    made: Callable[..., None] = option(function)
    return made


def impersonate(function: Callable[..., None]) -> Callable[..., None]:
    """The option ``--impersonate-service-account``, called as that of gcloud is."""
    option: Any = click.option(
        "--impersonate-service-account",
        metavar="ACCOUNT",
        default="",
        help="Use the bucket as this service account.",
    )
    made: Callable[..., None] = option(function)
    return made


def encrypt(function: Callable[..., None]) -> Callable[..., None]:
    """The options of verbs that make a library, for one that is encrypted on this machine."""
    flag: Any = click.option(
        "--encrypt", is_flag=True, help="Encrypt the library itself on this machine."
    )
    file: Any = click.option(
        "--library-passphrase-file",
        metavar="FILE",
        envvar=LIBRARY_PASSPHRASE_FILE,
        type=click.Path(),
        help="With --encrypt: has the library's passphrase; only you may read it.",
    )
    made: Callable[..., None] = flag(file(function))
    return made


def library_secret(out: Output, encrypt: bool, path: str | None) -> Secret | None:
    """The passphrase of a library that is to be made encrypted: given as one of a place is."""
    if not encrypt:
        return None
    general = LIBRARY_PASSPHRASE not in os.environ
    if path is None and general:
        path = os.environ.get(PASSPHRASE_FILE)
    general = general and PASSPHRASE in os.environ
    return new_passphrase(out, path, PASSPHRASE if general else LIBRARY_PASSPHRASE)


def recovery_data(made: Library) -> dict[str, str]:
    """The recovery key of a library that was made just now, for scripts; nothing without one."""
    return {"recovery": made.recovery_key} if made.recovery_key else {}


def recovery_text(made: Library) -> str:
    """The same for people, behind a line that says what was made."""
    if not made.recovery_key:
        return ""
    return f", encrypted\nrecovery key: {made.recovery_key}\n{PRINT}"


def passphrase_from(path: str | None) -> Secret | None:
    """What the file holds; without one, what is needed is asked for. Invalid if others read it."""
    return None if path is None else read_passphrase(Path(path).expanduser())


def new_passphrase(out: Output, path: str | None, variable: str = PASSPHRASE) -> Secret:
    """One that did not hold before: of the file, else the variable, else typed twice.

    Raises Unavailable where nobody is at a terminal.
    """
    given = passphrase_from(path)
    if given is None and (text := os.environ.get(variable)) is not None:
        given = passphrase_of(text)
    if given is not None:
        return given
    if out.json or not sys.stdin.isatty():
        raise Unavailable(
            "a new passphrase is needed, and nobody is at a terminal to type it",
            hint=f"name a file of mode 600, or set {variable}",
        )
    first = passphrase_of(click.prompt("New passphrase", hide_input=True, err=True))
    if passphrase_of(click.prompt("The same again", hide_input=True, err=True)) != first:
        raise Invalid("the two are not the same; nothing was changed")
    return first
