"""``audobon diff``."""

from __future__ import annotations

import re

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.words import human_size, one_line
from audobon.errors import NotFound
from audobon.library import Library
from audobon.model.version import WORKING, DiffEntry

_SIGNS = {"added": "+", "removed": "-", "modified": "~", "moved": ">"}
_ID = re.compile(r"\b[0-9a-f]{32}\b")


@verb("diff")
@click.argument("a", default="HEAD", shell_complete=complete.revisions)
@click.argument("b", default=WORKING, shell_complete=complete.revisions)
@click.option("--asset", shell_complete=complete.assets, help="Only this asset.")
def command(out: Output, library: str | None, a: str, b: str, asset: str | None) -> None:
    """Show what changed from version A to B; by default from the newest to now (WORKING)."""
    with open_library(library) as opened:
        diff = opened.diff(a, b, None if asset is None else asset_argument(asset))

        def text() -> str:
            lines = [line for entry in diff.entries for line in _entry(opened, entry)]
            return "\n".join(lines) or "no difference"

        out.result(diff, text)


def _entry(library: Library, entry: DiffEntry) -> list[str]:
    moved = f"{one_line(entry.old_path)} -> " if entry.old_path else ""
    head = f"{_SIGNS[entry.status]} {moved}{one_line(entry.path)}"
    if entry.before and entry.after and entry.content_changed:
        head += f"  {human_size(entry.before.size)} -> {human_size(entry.after.size)}"
    return [
        head,
        *(
            f"    {item.name}: {_value(library, item.before)} -> {_value(library, item.after)}"
            for item in entry.fields
        ),
    ]


def _value(library: Library, value: object) -> str:
    """A value as people know it: nothing is ``-``, another asset goes by its path."""

    def name(match: re.Match[str]) -> str:
        try:
            return library.get(match[0]).path
        except NotFound:
            return match[0]

    text = "" if value is None else str(value)
    return one_line(_ID.sub(name, text)) or "-"
