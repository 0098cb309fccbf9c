"""``audobon related``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import counted
from audobon.codec.linkwords import state_words, used_by_words, uses_words
from audobon.library import Library
from audobon.model.asset import Relationship
from audobon.model.links import Links


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
        edges, links = opened.related(ref, transitive=transitive), opened.links(ref)
        data = {
            "relationships": edges,
            "uses": links.uses,
            "used_by": links.used_by,
            "unread": links.unread,
            "problem": links.problem,
        }
        out.result(data, lambda: _text(opened, edges, links))


def _text(opened: Library, edges: Sequence[Relationship], links: Links) -> str:
    rows = [
        (opened.get(edge.src).path, edge.kind.replace("_", " "), opened.get(edge.dst).path)
        for edge in edges
    ]
    told = [(one.path, state) for one in links.uses if (state := state_words(one))]
    told += [(one.asset.path, f"uses {one.older}, which is older") for one in links.behind]
    unread = counted(links.unread, "file") if links.unread else ""
    lines = (
        table(rows),
        table(told),
        uses_words(links),
        used_by_words(links),
        f"its file could not be read: {links.problem}" if links.problem else "",
        f"{unread} of the library not looked into yet: ask again in a moment" if unread else "",
    )
    return "\n".join(line for line in lines if line) or "no relationships"
