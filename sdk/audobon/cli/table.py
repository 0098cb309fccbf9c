"""Plain text tables: aligned on a terminal, cut to its width, whole in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from audobon.cli.words import columns, human_size, one_line
from audobon.model.asset import Asset

__all__ = ["asset_rows", "table"]

_WIDE = 60
# One path of a thousand characters is no reason to push the sizes of all others out of sight.
# This leaves 40 of the 100 columns of a usual terminal for kind, pixels, size and a tag.


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), *, cut: bool = True) -> str:
    """Columns padded to their widest cell, without those that hold nothing; empty without rows.

    A cell of more than 60 columns moves only what is behind it. On a terminal lines are cut to
    its width, unless ``cut`` is off: for what is read to the end or copied. No name can disturb
    the terminal.
    """
    if not rows:
        return ""
    lines = [[one_line(cell) for cell in row] for row in ([head, *rows] if head else rows)]
    widest = [max(columns(row[place]) for row in lines) for place in range(len(lines[0]))]
    widths = [min(width, _WIDE) for width in widest]
    used = [place for place, width in enumerate(widths) if width]
    lines, widths = [[row[at] for at in used] for row in lines], [widths[at] for at in used]
    limit = shutil.get_terminal_size().columns if cut and sys.stdout.isatty() else None
    return "\n".join(_line(row, widths, limit) for row in lines)


def _line(row: Sequence[str], widths: Sequence[int], limit: int | None) -> str:
    padded = (cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True))
    text = "  ".join(padded).rstrip()
    if limit is None or columns(text) <= limit:
        return text
    while columns(text) >= limit:
        text = text[:-1]
    return text + "…"


def asset_rows(assets: Sequence[Asset]) -> list[tuple[str, ...]]:
    """Path, kind, pixels, size, rating and tags of each asset."""
    rows: list[tuple[str, ...]] = []
    for asset in assets:
        pixels = f"{asset.width}x{asset.height}" if asset.width and asset.height else ""
        rows.append(
            (
                asset.path,
                asset.kind,
                pixels,
                human_size(asset.size),
                "*" * asset.rating,
                " ".join(asset.tags),
            )
        )
    return rows
