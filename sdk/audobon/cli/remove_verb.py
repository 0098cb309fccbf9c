"""``audobon remove``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, asset_argument, open_library, verb


@verb("remove")
@click.argument("assets", nargs=-1, required=True)
def command(out: Output, library: str | None, assets: tuple[str, ...]) -> None:
    """Take ASSETS out of the library. Their files and their history stay; undo brings them back."""
    with open_library(library) as opened:
        change = opened.remove([asset_argument(name) for name in assets])
        out.result(change, f"{change.label} ({len(change.assets)} assets)")
