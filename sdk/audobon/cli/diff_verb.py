"""``audobon diff``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, asset_argument, human_size, open_library, verb
from audobon.model.version import WORKING, Diff, DiffEntry

_SIGNS = {"added": "+", "removed": "-", "modified": "~", "moved": ">"}


@verb("diff")
@click.argument("a", default="HEAD")
@click.argument("b", default=WORKING)
@click.option("--asset", help="Only this asset.")
def command(out: Output, library: str | None, a: str, b: str, asset: str | None) -> None:
    """Show what changed from version A to B; by default from the newest to now (WORKING)."""
    with open_library(library) as opened:
        diff = opened.diff(a, b, None if asset is None else asset_argument(asset))
        out.result(diff, lambda: _text(diff))


def _text(diff: Diff) -> str:
    lines = [line for entry in diff.entries for line in _entry(entry)]
    return "\n".join(lines) or "no difference"


def _entry(entry: DiffEntry) -> list[str]:
    moved = f"{entry.old_path} -> " if entry.old_path else ""
    head = f"{_SIGNS[entry.status]} {moved}{entry.path}"
    if entry.before and entry.after and entry.content_changed:
        head += f"  {human_size(entry.before.size)} -> {human_size(entry.after.size)}"
    return [head, *(f"    {item.name}: {item.before} -> {item.after}" for item in entry.fields)]
