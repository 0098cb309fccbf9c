"""``audobon relink``."""

from __future__ import annotations

from audobon.cli.base import Output, open_library, verb


@verb("relink")
def command(out: Output, library: str | None) -> None:
    """Look for missing files in all roots; found ones keep their tags and history."""
    with open_library(library) as opened:
        report = opened.relink()
        lines = [f"found {asset.file}" for asset in report.moved]
        lines.extend(f"missing {asset.file}" for asset in report.missing)
        out.result(report, "\n".join(lines) or "nothing is missing")
