"""``audobon redo``."""

from __future__ import annotations

from audobon.cli.base import Output, open_library, verb


@verb("redo")
def command(out: Output, library: str | None) -> None:
    """Do again what was undone last."""
    with open_library(library, writes=True) as opened:
        change = opened.redo()
        out.result(
            {"changes": [change] if change else []},
            f"redo: {change.label}" if change else "nothing to redo",
        )
