"""``audobon clone``."""

from __future__ import annotations

from pathlib import Path

import click

from audobon.cli.base import Output, verb
from audobon.cli.progress import progress_bar
from audobon.cli.secrets import (
    encrypt,
    impersonate,
    library_secret,
    passphrase_file,
    passphrase_from,
    recovery_data,
    recovery_text,
)
from audobon.cli.sizes import rate_of, would_text
from audobon.cli.words import counted
from audobon.library import Library


@verb("clone")
@click.argument("url")
@click.argument("folder", type=click.Path())
@click.option("--name", help="What the library is called here.")
@click.option("--branch", help="The branch to begin with.")
@click.option("--whole", is_flag=True, help="Bring all files too.")
@click.option("--limit", metavar="SPEED", help="At most so fast, as 2MB/s; now and later.")
@click.option("--dry-run", is_flag=True, help="Only say how much would come.")
@passphrase_file
@encrypt
@impersonate
def command(
    out: Output,
    library: str | None,
    url: str,
    folder: str,
    name: str | None,
    branch: str | None,
    whole: bool,
    limit: str | None,
    dry_run: bool,
    passphrase_file: str | None,
    encrypt: bool,
    library_passphrase_file: str | None,
    impersonate_service_account: str,
) -> None:
    """Make a library in FOLDER out of what was pushed to URL; files come when asked for."""
    del library
    rate = None if limit is None else rate_of(limit)
    if dry_run:
        with progress_bar(out, "Asking") as (_, cancel):
            told = Library.estimate_clone(
                url,
                passphrase_from(passphrase_file),
                branch=branch,
                lazy=not whole,
                impersonate_service_account=impersonate_service_account,
                limit=rate,
                cancel=cancel,
            )
        out.result(told, would_text(told, "bring"))
        return
    secret = library_secret(out, encrypt, library_passphrase_file)
    with progress_bar(out, "Cloning") as (progress, cancel):
        opened = Library.clone(
            url,
            Path(folder).expanduser(),
            passphrase_from(passphrase_file),
            name=name,
            branch=branch,
            lazy=not whole,
            impersonate_service_account=impersonate_service_account,
            limit=rate,
            library_passphrase=secret,
            progress=progress,
            cancel=cancel,
        )
    with opened:
        stats = opened.stats()
        away = stats.remote
        text = f"{opened.name} is in {opened.path}: {counted(stats.versions, 'version')}"
        if away:
            text += f", {counted(away, 'file')} at the remote ('audobon fetch' brings them)"
        value = {"id": opened.id, "name": opened.name, "folder": opened.path, "remote": away}
        out.result({**value, **recovery_data(opened)}, text + recovery_text(opened))
