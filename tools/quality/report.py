"""Tables as Markdown, between their marks in the page."""

from __future__ import annotations

import re
from pathlib import Path

from quality.measures import Table

__all__ = ["markdown", "put"]


def markdown(table: Table) -> str:
    """A table, and its note below."""
    lines = [table.columns, tuple("---" for _ in table.columns), *table.rows]
    text = "\n".join(f"| {' | '.join(row)} |" for row in lines)
    return f"{text}\n\n{table.note}" if table.note else text


def put(page: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- NAME -->`` and ``<!-- end -->``."""
    was = page.read_text("utf-8")
    pattern = rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)"
    made, count = re.subn(pattern, lambda found: f"{found[1]}{text}\n{found[2]}", was, flags=re.S)
    if count != 1:
        raise SystemExit(f"{page} has no place for {name}")
    page.write_text(made, "utf-8")
