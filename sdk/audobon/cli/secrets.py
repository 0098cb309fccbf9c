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

from audobon.cli.base import PASSPHRASE, PASSPHRASE_FILE, Output
from audobon.errors import Invalid, Unavailable
from audobon.services.sealing import Secret, passphrase_of, read_passphrase

__all__ = ["NEW", "impersonate", "new_passphrase", "passphrase_file", "passphrase_from"]

NEW = "AUDOBON_NEW_PASSPHRASE"


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
