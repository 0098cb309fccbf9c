"""``audobon log``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import when


@verb("log")
@click.argument("asset", required=False, shell_complete=complete.assets)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most.")
@click.option(
    "--revision",
    default="HEAD",
    show_default=True,
    shell_complete=complete.revisions,
    help="Begin here.",
)
def command(out: Output, library: str | None, asset: str | None, limit: int, revision: str) -> None:
    """List versions, newest first; with ASSET those in which it changed."""
    with open_library(library) as opened:
        ref = None if asset is None else asset_argument(asset)
        versions = opened.log(ref, limit, revision=revision)
        rows = [
            (
                version.id[:10],
                when(version.time),
                version.author.partition(" <")[0],
                version.message.splitlines()[0] if version.message else "",
            )
            for version in versions
        ]
        out.result({"versions": versions}, lambda: table(rows) or "no versions yet")
