"""``audobon unlock``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, asset_argument, open_library, verb


@verb("unlock")
@click.argument("assets", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Also when it is another's lock.")
def command(out: Output, library: str | None, assets: tuple[str, ...], force: bool) -> None:
    """Let go of ASSETS."""
    with open_library(library, writes=True) as opened:
        done = [asset for asset in assets if opened.unlock(asset_argument(asset), force=force)]
        out.result({"unlocked": done}, f"{len(done)} unlocked")
