"""``audobon commit``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, human_size, open_library, progress_bar, verb


@verb("commit")
@click.option("--message", "-m", required=True, help="What this version is about.")
def command(out: Output, library: str | None, message: str) -> None:
    """Make a version of everything as it is now. Changed files are noticed by themselves."""
    with open_library(library) as opened:
        before = next(iter(opened.log(limit=1)), None)
        with progress_bar(out, "Storing") as (progress, cancel):
            version = opened.commit(message, progress=progress, cancel=cancel)
        stats = version.stats
        if before is not None and before.id == version.id:
            out.result(version, f"nothing changed since {version.id[:10]}")
            return
        out.result(
            version,
            f"{version.id[:10]} {version.message}\n"
            f"{stats.added} added, {stats.modified} modified, {stats.removed} removed, "
            f"{stats.moved} moved; the store grew by {human_size(stats.stored)}",
        )
        for path, error in stats.skipped:
            out.note(f"skipped {path}: {error}")
