"""``audobon ls``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import asset_rows, table


@verb("ls")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1))
@click.option("--after", help="The id of the last asset of the page before.")
def command(out: Output, library: str | None, limit: int, after: str | None) -> None:
    """List assets in the order in which they were added."""
    with open_library(library) as opened:
        assets = opened.assets(after=after, limit=limit)
        out.result(assets, lambda: table(asset_rows(assets)))
        if len(assets) == limit:
            out.note(f"more: --after {assets[-1].id}")
