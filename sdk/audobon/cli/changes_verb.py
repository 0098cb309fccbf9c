"""``audobon changes``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import when


@verb("changes")
@click.option("--since", type=int, help="Only after this sequence number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most.")
def command(out: Output, library: str | None, since: int | None, limit: int) -> None:
    """List what happened in the library, oldest first."""
    with open_library(library) as opened:
        changes = opened.changes(since, limit=limit)
        more = changes[-1].seq if len(changes) == limit else None
        rows = [
            (
                str(change.seq),
                when(change.time),
                change.kind,
                str(len(change.assets)),
                change.label + (" (undone)" if change.undone else ""),
            )
            for change in changes
        ]
        out.result(
            {"changes": changes, "next": more},
            lambda: table(rows, head=("seq", "time", "kind", "assets", "what")) or "no changes",
        )
        if more is not None:
            out.note(f"more: --since {more}")
