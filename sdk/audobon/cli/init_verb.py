"""``audobon init``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from audobon.cli.base import Output, verb
from audobon.cli.secrets import encrypt, library_secret, recovery_data, recovery_text
from audobon.errors import NoLibrary
from audobon.library import Library, find_library


@verb("init")
@click.argument("folder", required=False, type=click.Path())
@click.option("--name", help="The library's name (else the folder's).")
@encrypt
def command(
    out: Output,
    library: str | None,
    folder: str | None,
    name: str | None,
    encrypt: bool,
    library_passphrase_file: str | None,
) -> None:
    """Make a library in FOLDER (the current one by default).

    Nothing in the folder is changed; a folder .audobon appears beside your files.
    Then 'audobon add' puts them into the library. With --encrypt everything in
    .audobon is encrypted; your files are not.
    """
    secret = library_secret(out, encrypt, library_passphrase_file)
    path = Path(folder or library or ".").absolute()
    try:
        outer: Path | None = find_library(path.parent)
    except NoLibrary:
        outer = None
    with Library.create(path, name, passphrase=secret) as made:
        data = {"id": made.id, "name": made.name, "path": made.path, "state": made.state_path}
        text = f"Library {made.name} in {made.path}"
        out.result({**data, **recovery_data(made)}, text + recovery_text(made))
        if made.state_path.parent != made.path:
            out.note(f"its state lies in {made.state_path}; 'audobon doctor' says why")
        if outer is not None:
            out.note(
                f"it lies within the library {outer}; verbs that are given in it now mean this one"
            )
        out.note(f"next: audobon add {shlex.quote(str(made.path))}")
