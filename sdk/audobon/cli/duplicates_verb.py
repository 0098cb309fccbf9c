"""``audobon duplicates``."""

from __future__ import annotations

from audobon.cli.base import Output, open_library, verb
from audobon.cli.words import human_size, one_line


@verb("duplicates")
def command(out: Output, library: str | None) -> None:
    """List groups of files with equal bytes, largest waste first."""
    with open_library(library) as opened:
        groups = opened.duplicates()
        lines = []
        for group in groups:
            lines.append(f"{len(group)} x {human_size(group[0].size)}")
            lines.extend(f"  {one_line(asset.file)}" for asset in group)
        out.result({"groups": groups}, "\n".join(lines) or "no duplicates")
