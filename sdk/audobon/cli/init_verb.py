"""``audobon init``."""

from __future__ import annotations

from pathlib import Path

import click

from audobon.cli.base import Output, verb
from audobon.library import Library


@verb("init")
@click.argument("folder", default=".")
@click.option("--name", help="The library's name (else the folder's).")
def command(out: Output, library: str | None, folder: str, name: str | None) -> None:
    """Make a library in FOLDER (the current one by default).

    Nothing in the folder is changed; a folder .audobon appears beside your files.
    """
    with Library.create(Path(library or folder), name) as made:
        data = {"id": made.id, "name": made.name, "path": made.path, "state": made.state_path}
        out.result(data, f"Library {made.name} in {made.path}")
        out.note("Next: audobon add " + str(made.path))
