"""``audobon undo``."""

from __future__ import annotations

from audobon.cli.base import Output, open_library, verb


@verb("undo")
def command(out: Output, library: str | None) -> None:
    """Take back the last change of metadata, also one from before a restart."""
    with open_library(library, writes=True) as opened:
        change = opened.undo()
        out.result(
            {"changes": [change] if change else []},
            f"undo: {change.label}" if change else "nothing to undo",
        )
