"""``audobon catalog``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table


@verb("catalog")
@click.option("--add", "added", help="Make a catalog, as Props/Furniture.")
@click.option("--rename", nargs=2, metavar="PATH NAME", help="Give a catalog another name.")
@click.option("--move", nargs=2, metavar="PATH PARENT", help="Put it below PARENT; '-' is the top.")
@click.option("--remove", "removed", help="Remove a catalog; its assets go one up.")
def command(
    out: Output,
    library: str | None,
    added: str | None,
    rename: tuple[str, str] | None,
    move: tuple[str, str] | None,
    removed: str | None,
) -> None:
    """List or arrange catalogs. Assets are put into one with 'audobon edit --catalog'."""
    with open_library(library) as opened:
        if added:
            out.result(opened.catalogs.add(added), f"made {added}")
        elif move:
            change = opened.catalogs.move(move[0], None if move[1] == "-" else move[1])
            out.result(change, change.label)
        elif rename:
            change = opened.catalogs.rename(*rename)
            out.result(change, change.label)
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
