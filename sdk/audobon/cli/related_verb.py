"""``audobon related``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table


@verb("related")
@click.argument("asset", shell_complete=complete.assets)
@click.option(
    "--uses", metavar="OTHER", shell_complete=complete.assets, help="Record that ASSET uses OTHER."
)
@click.option(
    "--derived-from",
    metavar="OTHER",
    shell_complete=complete.assets,
    help="Record that ASSET comes from OTHER.",
)
@click.option(
    "--variant-of",
    metavar="OTHER",
    shell_complete=complete.assets,
    help="Record that ASSET is a variant of OTHER.",
)
@click.option("--transitive", is_flag=True, help="Follow relationships further.")
def command(
    out: Output,
    library: str | None,
    asset: str,
    uses: str | None,
    derived_from: str | None,
    variant_of: str | None,
    transitive: bool,
) -> None:
    """Show what ASSET uses, comes from, is a variant of, and what points to it."""
    asked = {"uses": uses, "derived_from": derived_from, "variant_of": variant_of}
    writes = any(other is not None for other in asked.values())
    with open_library(library, writes=writes) as opened:
        ref = asset_argument(asset)
        for kind, other in asked.items():
            if other is not None:
                opened.relate(ref, kind, asset_argument(other))
        edges = opened.related(ref, transitive=transitive)
        rows = [
            (opened.get(edge.src).path, edge.kind.replace("_", " "), opened.get(edge.dst).path)
            for edge in edges
        ]
        out.result({"relationships": edges}, lambda: table(rows) or "no relationships")
