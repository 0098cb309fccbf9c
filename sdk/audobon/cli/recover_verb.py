"""``audobon recover``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, verb
from audobon.cli.progress import progress_bar
from audobon.cli.secrets import encrypt, library_secret, recovery_data, recovery_text
from audobon.cli.sizes import rate_of, would_text
from audobon.cli.words import counted, human_size
from audobon.codec.plain import error_data, to_plain
from audobon.errors import Corrupt, Invalid
from audobon.library import Library


@verb("recover")
@click.argument("source")
@click.argument("path", type=click.Path())
@click.option("--snapshot", default="", metavar="ID", help="This one; else the newest.")
@click.option(
    "--root", "roots", multiple=True, metavar="NAME=FOLDER", help="Where a root lies now."
)
@click.option("--limit", metavar="SPEED", help="At most so fast, as 2MB/s.")
@click.option("--dry-run", is_flag=True, help="Only say how much would come.")
@click.option("--passphrase-file", type=click.Path(), help="Of a place that is encrypted.")
@encrypt
def command(
    out: Output,
    library: str | None,
    source: str,
    path: str,
    snapshot: str,
    roots: tuple[str, ...],
    limit: str | None,
    dry_run: bool,
    passphrase_file: str | None,
    encrypt: bool,
    library_passphrase_file: str | None,
) -> None:
    """Make a library anew in PATH from a snapshot in SOURCE, with nothing else."""
    del library  # there is none yet
    pairs = [text.partition("=") for text in roots]
    if wrong := [text for text, (_, sign, _) in zip(roots, pairs, strict=True) if not sign]:
        raise Invalid(f"{wrong[0]!r} is not NAME=FOLDER", subject=wrong[0])
    rate = None if limit is None else rate_of(limit)
    if dry_run:
        with progress_bar(out, "Asking") as (_, cancel):
            told = Library.estimate_recover(
                source,
                snapshot=snapshot,
                passphrase_file=passphrase_file,
                limit=rate,
                cancel=cancel,
            )
        out.result(told, would_text(told, "bring"))
        return
    secret = library_secret(out, encrypt, library_passphrase_file)
    with progress_bar(out, "Recovering") as (progress, cancel):
        made = Library.recover(
            *(source, path),
            snapshot=snapshot,
            passphrase_file=passphrase_file,
            roots={name: folder for name, _, folder in pairs},
            limit=rate,
            library_passphrase=secret,
            progress=progress,
            cancel=cancel,
        )
    with made:
        done = made.recovered
        assert done is not None
        lines = [
            f"{made.name}: {counted(done.files, 'file')}, {human_size(done.bytes)} in {made.path}, "
            f"as of {done.snapshot.time:%Y-%m-%d %H:%M} UTC" + recovery_text(made)
        ]
        lines += [f"  lost: {name}: {error}" for name, error in done.failed]
        lines += [f"  {name}: {note}" for name, note in done.notes]
        lost = Corrupt(
            f"{counted(len(done.failed), 'file')} could not be had",
            hint="another snapshot or place may have them: 'audobon snapshot --repair'",
        )
        data = {
            "path": str(made.path),
            "snapshot": to_plain(done.snapshot),
            "files": done.files,
            "bytes": done.bytes,
            "failed": [[name, error_data(error)] for name, error in done.failed],
            "notes": [list(note) for note in done.notes],
            **recovery_data(made),
        }
        out.result(data, "\n".join(lines), error=lost if done.failed else None)
