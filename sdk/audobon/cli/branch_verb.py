"""``audobon branch``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table
from audobon.errors import Invalid


@verb("branch")
@click.argument("name", required=False)
@click.option("--at", default="HEAD", show_default=True, help="Where the new branch begins.")
@click.option("--remove", is_flag=True, help="Remove it.")
@click.option("--force", is_flag=True, help="With --remove: even when only it has some versions.")
def command(
    out: Output, library: str | None, name: str | None, at: str, remove: bool, force: bool
) -> None:
    """List branches, make NAME, or remove it."""
    if remove and name is None:
        raise Invalid("no branch is named; --remove needs one")
    with open_library(library, writes=name is not None) as opened:
        if name is None:
            found = opened.branches()
            rows = [
                (
                    "*" if one.current else "",
                    one.name,
                    one.id[:10],
                    f"{one.ahead} ahead, {one.behind} behind",
                )
                for one in found
            ]
            out.result({"branches": list(found)}, lambda: table(rows) or "no versions yet")
        elif remove:
            gone = opened.remove_branch(name, force=force)
            out.result(gone, f"{gone.name} was at {gone.id[:10]}")
        else:
            made = opened.branch(name, at=at)
            out.result(made, f"{made.name} begins at {made.id[:10]}")
