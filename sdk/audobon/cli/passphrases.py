"""Passphrases on the command line: out of a file, the environment, or typed without an echo."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audobon.cli.base import Output
from audobon.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from audobon.storage.vault import Secret

__all__ = ["NEW", "VARIABLE", "given_passphrase", "new_passphrase", "typed"]

VARIABLE = "AUDOBON_PASSPHRASE"
NEW = "AUDOBON_NEW_PASSPHRASE"


def given_passphrase(file: str | None, variable: str = VARIABLE) -> Secret | None:
    """The passphrase of a file, else of the environment, None for neither."""
    from audobon.services import sealing

    if file is not None:
        return sealing.read_passphrase(Path(file))
    text = os.environ.get(variable)
    return None if text is None else sealing.passphrase_of(text)


def typed(out: Output, question: str) -> Secret | None:
    """What somebody types at a terminal, without an echo; None where nobody is."""
    if out.json or not sys.stdin.isatty():
        return None
    from audobon.services import sealing

    return sealing.passphrase_of(click.prompt(question, hide_input=True, err=True))


def new_passphrase(out: Output, file: str | None, variable: str) -> Secret:
    """A passphrase that did not hold before: typed twice, or given. Raises Unavailable, Invalid."""
    given = given_passphrase(file, variable)
    if given is not None:
        return given
    first = typed(out, "New passphrase")
    if first is None:
        raise Unavailable(
            "a new passphrase is needed, and nobody is at a terminal to type it",
            hint=f"name a file of mode 600, or set {variable}",
        )
    if typed(out, "The same again") != first:
        raise Invalid("the two are not the same; nothing was changed")
    return first
