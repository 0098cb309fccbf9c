"""``audobon catalog``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table


@verb("catalog")
@click.option("--add", "added", metavar="PATH", help="Make a catalog, as Props/Furniture.")
@click.option(
    "--rename",
    nargs=2,
    metavar="PATH NAME",
    shell_complete=complete.catalogs,
    help="Give a catalog another name.",
)
@click.option(
    "--move",
    nargs=2,
    metavar="PATH PARENT",
    shell_complete=complete.catalogs,
    help="Put it below PARENT; '-' is the top.",
)
@click.option(
    "--remove",
    "removed",
    metavar="PATH",
    shell_complete=complete.catalogs,
    help="Remove a catalog; its assets go one up.",
)
def command(
    out: Output,
    library: str | None,
    added: str | None,
    rename: tuple[str, str] | None,
    move: tuple[str, str] | None,
    removed: str | None,
) -> None:
    """List or arrange catalogs. Assets are put into one with 'audobon edit --catalog'."""
    wanted = [option is not None for option in (added, rename, move, removed)]
    if sum(wanted) > 1:
        raise click.UsageError("Give only one of --add, --rename, --move and --remove.")
    with open_library(library, writes=any(wanted)) as opened:
        catalogs = opened.catalogs
        if added is not None:
            change, text = catalogs.add(added), f"made {added}"
        elif move is not None:
            change = catalogs.move(move[0], None if move[1] == "-" else move[1])
            text = change.label
        elif rename is not None:
            change = catalogs.rename(*rename)
            text = change.label
        elif removed is not None:
            change, text = catalogs.remove(removed), f"removed {removed}"
        else:
            rows = [(row.path, str(row.count)) for row in catalogs.list()]
            out.result(
                {"catalogs": catalogs.list()},
                lambda: table(rows, head=("catalog", "assets")) or "no catalogs yet",
            )
            return
        out.result({"changes": [change]}, text)
