"""``audobon catalog``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table


@verb("catalog")
@click.option("--add", "added", help="Make a catalog, as Props/Furniture.")
@click.option("--move", nargs=2, metavar="OLD NEW", help="Rename or move a catalog.")
@click.option("--remove", "removed", help="Remove a catalog; its assets go one up.")
def command(
    out: Output,
    library: str | None,
    added: str | None,
    move: tuple[str, str] | None,
    removed: str | None,
) -> None:
    """List or arrange catalogs. Assets are put into one with 'audobon edit --catalog'."""
    with open_library(library) as opened:
        if added:
            out.result(opened.catalogs.add(added), f"made {added}")
        elif move:
            out.result(opened.catalogs.move(*move), f"{move[0]} is {move[1]} now")
        elif removed:
            out.result(opened.catalogs.remove(removed), f"removed {removed}")
        else:
            rows = opened.catalogs.list()
            out.result(
                rows,
                lambda: table(
                    [(row.path, str(row.count)) for row in rows], head=("catalog", "assets")
                ),
            )
