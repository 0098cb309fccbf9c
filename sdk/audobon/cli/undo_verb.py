"""``audobon undo``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb


@verb("undo")
@click.option("--force", is_flag=True, help="Of a merge: keep uncommitted work in a version first.")
def command(out: Output, library: str | None, force: bool) -> None:
    """Take back the last change of metadata, or a merge, also one from before a restart."""
    with open_library(library, writes=True) as opened:
        change = opened.undo(force=force)
        out.result(
            {"changes": [change] if change else []},
            f"undo: {change.label}" if change else "nothing to undo",
        )
