"""``audobon restore``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb


@verb("restore")
@click.argument("asset", shell_complete=complete.assets)
@click.argument("revision", default="HEAD", shell_complete=complete.revisions)
@click.option("--to", metavar="PATH", type=click.Path(), help="Put it here instead of in place.")
def command(out: Output, library: str | None, asset: str, revision: str, to: str | None) -> None:
    """Put ASSET back as it was at REVISION, bit for bit, in place or at --to PATH."""
    with open_library(library, writes=to is None) as opened:
        done = opened.restore(asset_argument(asset), revision, to)
        out.result(done, f"{done.path} is as in {done.revision[:10]}")
        if done.note:
            out.note(f"not bit for bit, but the same payload: {done.note}")
        if done.rescued:
            out.note(f"what was there is kept in version {done.rescued[:10]}")
