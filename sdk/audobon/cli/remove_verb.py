"""``audobon remove``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.words import counted


@verb("remove")
@click.argument("assets", nargs=-1, required=True, shell_complete=complete.assets)
@click.option("--force", is_flag=True, help="Also what other assets use.")
def command(out: Output, library: str | None, assets: tuple[str, ...], force: bool) -> None:
    """Take ASSETS out of the library. Their files and their history stay; undo brings them back."""
    with open_library(library, writes=True) as opened:
        change = opened.remove([asset_argument(name) for name in assets], force=force)
        out.result({"changes": [change]}, f"removed {counted(len(change.assets), 'asset')}")
