"""``audobon relink``."""

from __future__ import annotations

from audobon.cli.add_verb import report_data
from audobon.cli.base import Output, open_library, verb
from audobon.cli.words import one_line


@verb("relink")
def command(out: Output, library: str | None) -> None:
    """Look for missing files in all roots; found ones keep their tags and history."""
    with open_library(library, writes=True) as opened:
        report = opened.relink()
        lines = [f"found {one_line(asset.file)}" for asset in report.moved]
        lines.extend(f"missing {one_line(asset.file)}" for asset in report.missing)
        out.result(report_data(report), "\n".join(lines) or "nothing is missing")
