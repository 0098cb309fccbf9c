"""``audobon changes``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table


@verb("changes")
@click.option("--since", type=int, help="Only after this sequence number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
def command(out: Output, library: str | None, since: int | None, limit: int) -> None:
    """List what happened in the library, oldest first."""
    with open_library(library, read_only=False) as opened:
        changes = opened.changes(since, limit=limit)
        rows = [
            (
                str(change.seq),
                change.time.isoformat(timespec="seconds"),
                change.kind,
                str(len(change.assets)),
                change.label + (" (undone)" if change.undone else ""),
            )
            for change in changes
        ]
        out.result(changes, lambda: table(rows, head=("seq", "time", "kind", "assets", "what")))
