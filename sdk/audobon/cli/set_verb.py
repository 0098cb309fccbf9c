"""``audobon set``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table


@verb("set")
@click.argument("name", required=False)
@click.argument("query", nargs=-1)
@click.option("--remove", "removed", is_flag=True, help="Remove the set.")
def command(
    out: Output, library: str | None, name: str | None, query: tuple[str, ...], removed: bool
) -> None:
    """Save QUERY as NAME; without a query list the sets."""
    with open_library(library) as opened:
        if name and removed:
            opened.sets.remove(name)
            out.result({"removed": name}, f"removed {name}")
        elif name and query:
            opened.sets.add(name, " ".join(query))
            out.result({"name": name, "query": " ".join(query)}, f"saved {name}")
        else:
            rows = opened.sets.list()
            out.result(rows, lambda: table([(row.name, row.query) for row in rows]))
