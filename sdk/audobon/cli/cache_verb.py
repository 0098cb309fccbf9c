"""``audobon cache``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.sizes import size_of
from audobon.cli.table import table
from audobon.cli.words import counted, human_size
from audobon.services.health.caches import CacheSize


@verb("cache")
@click.argument("act", default="show", metavar="[show|clear|budget]")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def command(out: Output, library: str | None, act: str, names: tuple[str, ...]) -> None:
    """Show what is kept only to be quicker, clear it, or give a cache a budget.

    'clear' empties the caches named, all without a name. 'budget NAME SIZE' lets one take so
    much (500mb, 4gb); 'usual' is what it takes where nobody has said otherwise.
    """
    with open_library(library, writes=act in ("clear", "budget")) as opened:
        if act == "show":
            if names:
                raise click.UsageError("show takes no name.")
            found = opened.caches()
            out.result({"caches": found}, lambda: _table(found))
        elif act == "clear":
            cleared = opened.clear_caches(names)
            text = f"freed {human_size(cleared.freed)}"
            out.result({"caches": cleared.caches, "freed": cleared.freed}, text)
        elif act == "budget":
            if len(names) != 2:
                raise click.UsageError("budget takes the name of a cache and a size.")
            now = opened.limit_cache(names[0], None if names[1] == "usual" else size_of(names[1]))
            text = f"{now.name} take {human_size(now.size)} of {human_size(now.budget)}"
            out.result({"caches": [now]}, text)
        else:
            raise click.UsageError(f"There is no {act!r}; say show, clear or budget.")


def _table(caches: tuple[CacheSize, ...]) -> str:
    rows = [
        (one.name, human_size(one.size), human_size(one.budget), counted(one.files, "file"))
        for one in caches
    ]
    return table(rows, ("cache", "takes", "may take", ""))
