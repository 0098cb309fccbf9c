"""Passphrases on the command line: out of a file or asked for, never an argument."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from audobon.services.sealing import Secret, read_passphrase

__all__ = ["asked", "passphrase_file", "passphrase_from"]


def passphrase_file(function: Callable[..., None]) -> Callable[..., None]:
    """The option ``--passphrase-file``; also the variable ``AUDOBON_PASSPHRASE_FILE``."""
    option: Any = click.option(
        "--passphrase-file",
        metavar="FILE",
        envvar="AUDOBON_PASSPHRASE_FILE",
        type=click.Path(),
        help="Has the passphrase of an encrypted remote; only you may read it.",
    )
    made: Callable[..., None] = option(function)
    return made


def passphrase_from(path: str | None) -> Secret | None:
    """What the file holds. Invalid where others may read it."""
    return None if path is None else read_passphrase(Path(path).expanduser())


def asked() -> str:
    """Typed twice at a terminal."""
    text: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return text
