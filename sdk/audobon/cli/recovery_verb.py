"""``audobon recovery``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.table import table
from audobon.cli.words import counted, when
from audobon.errors import Invalid


@verb("recovery")
@click.option("--keep", "reason", help="Keep everything as it is now; TEXT says before what.")
@click.option("--back", "ident", help="Go back to the point with this id.")
def command(out: Output, library: str | None, reason: str | None, ident: str | None) -> None:
    """List recovery points, keep one, or go back to one."""
    if reason is not None and ident is not None:
        raise Invalid("give --keep or --back, not both")
    with open_library(library, writes=bool(reason or ident)) as opened:
        if ident is not None:
            with progress_bar(out, "Going back") as (progress, cancel):
                done = opened.go_back(ident, progress=progress, cancel=cancel)
            text = (
                f"back on {done.name}: {counted(len(done.written), 'file')} written, "
                f"{len(done.removed)} removed, {len(done.edited)} edited"
            )
            out.result(done, text)
            return
        if reason is not None:
            with progress_bar(out, "Keeping") as (progress, cancel):
                opened.keep_point(reason, progress=progress, cancel=cancel)
        found = opened.recovery_points()
        rows = [(point.id, when(point.time), point.branch, point.reason) for point in found]
        out.result({"points": list(found)}, lambda: table(rows) or "no recovery point is kept")
