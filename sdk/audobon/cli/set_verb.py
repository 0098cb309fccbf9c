"""``audobon set``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, open_library, verb
from audobon.cli.search_verb import QUERY, query_text
from audobon.cli.table import table
from audobon.errors import NotFound


@verb("set", context_settings=QUERY)
@click.argument("name", required=False, shell_complete=complete.sets)
@click.argument("query", nargs=-1, shell_complete=complete.query)
@click.option("--remove", "removed", is_flag=True, help="Remove the set.")
def command(
    out: Output, library: str | None, name: str | None, query: tuple[str, ...], removed: bool
) -> None:
    """Save QUERY as NAME; without a query list the sets (or show NAME)."""
    text = query_text(query)
    with open_library(library, writes=bool(text or removed)) as opened:
        done = ""
        if removed:
            if not name or text:
                raise click.UsageError("--remove takes the name of one set.")
            opened.sets.remove(name)
            done = f"removed {name}"
        elif name and text:
            opened.sets.add(name, text)
            done = f"saved {name}"
        rows = [row for row in opened.sets.list() if done or name in (None, row.name)]
        if name and not (done or rows):
            raise NotFound(
                f"there is no set {name!r}", subject=name, hint="'audobon set' lists them"
            )
        listed = [(row.name, row.query) for row in rows]
        out.result({"sets": rows}, lambda: done or table(listed, cut=False) or "no sets yet")
