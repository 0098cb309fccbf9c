"""``audobon ls``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import asset_rows, table


@verb("ls")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1), help="At most.")
@click.option("--after", help="The id of the last asset of the page before.")
def command(out: Output, library: str | None, limit: int, after: str | None) -> None:
    """List assets in the order in which they were added."""
    with open_library(library) as opened:
        assets = opened.assets(after=after, limit=limit)
        more = assets[-1].id if len(assets) == limit else None
        empty = "no assets yet" if after is None else ""
        out.result({"assets": assets, "next": more}, lambda: table(asset_rows(assets)) or empty)
        if more is not None:
            out.note(f"more: --after {more}")
