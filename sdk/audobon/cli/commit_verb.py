"""``audobon commit``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import failed_line, human_size, unread_lines
from audobon.codec.plain import to_plain


@verb("commit")
@click.option("--message", "-m", required=True, help="What this version is about.")
def command(out: Output, library: str | None, message: str) -> None:
    """Make a version of everything as it is now. Changed files are noticed by themselves."""
    with open_library(library, writes=True) as opened:
        before = next(iter(opened.log(limit=1)), None)
        with progress_bar(out, "Storing") as (progress, cancel):
            version = opened.commit(message, progress=progress, cancel=cancel)
        new = before is None or before.id != version.id
        stats = version.stats
        text = (
            f"{version.id[:10]} {version.message}\n"
            f"{stats.added} added, {stats.modified} modified, {stats.removed} removed, "
            f"{stats.moved} moved; the store grew by {human_size(stats.stored)}"
        )
        out.result(
            {**to_plain(version), "new": new},
            text if new else f"nothing changed since {version.id[:10]}",
        )
        for path, error in stats.skipped:
            out.note(f"skipped {failed_line(path, error)}")
        if new and stats.removed:
            out.note("'audobon relink' finds what was moved or renamed, and not removed")
        for line in unread_lines(stats.unread):
            out.note(line)
