"""Plain text tables: aligned on a terminal, cut to its width, whole in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from audobon.cli.base import human_size
from audobon.model.asset import Asset

__all__ = ["asset_rows", "table"]


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Columns padded to their widest cell; control characters in names are shown escaped."""
    lines = [[_safe(cell) for cell in row] for row in ([head, *rows] if head else rows)]
    if not lines:
        return ""
    widths = [max(len(row[column]) for row in lines) for column in range(len(lines[0]))]
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    shown = []
    for row in lines:
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        shown.append(text.rstrip()[:limit])
    return "\n".join(shown)


def _safe(text: str) -> str:
    """No name may move the cursor or change colours: escapes are shown, not sent."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


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
