"""``audobon diff``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.targets import need_own
from audobon.cli.words import counted, human_size, one_line
from audobon.codec.plain import to_plain
from audobon.errors import NotFound
from audobon.library import Library
from audobon.model.details import AssetDetails, Pictures
from audobon.model.version import WORKING, Diff, DiffEntry
from audobon.pages.words import SIGNS, area, box_line, part_words, parts_summary, picture_lines

_ID = re.compile(r"\b[0-9a-f]{32}\b")
_MOST_PARTS = 50
# Lines of one asset on a terminal; --json and the page have more.


@verb("diff")
@click.argument("a", default="HEAD", shell_complete=complete.revisions)
@click.argument("b", default=WORKING, shell_complete=complete.revisions)
@click.option("--asset", shell_complete=complete.assets, help="Only this asset.")
@click.option("--details", is_flag=True, help="Compare pictures, and layers or objects, too.")
@click.option(
    *("--html", "page"),
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page that shows the difference.",
)
def command(
    out: Output,
    library: str | None,
    a: str,
    b: str,
    asset: str | None,
    details: bool,
    page: Path | None,
) -> None:
    """Show what changed from version A to B; by default from the newest to now (WORKING)."""
    with open_library(library) as opened:
        if page is not None:
            need_own(opened, page, ("html",))
        ref = None if asset is None else asset_argument(asset)
        diff = opened.diff(a, b, ref)
        found: dict[str, AssetDetails] = {}
        if page is not None:
            with progress_bar(out, "comparing") as (progress, cancel):
                opened.diff_page(page, diff.a, diff.b, ref, progress=progress, cancel=cancel)
        if details:
            found = _details(out, opened, diff, ref)
        _result(out, opened, diff, found, page)


def _details(out: Output, library: Library, diff: Diff, ref: str | None) -> dict[str, AssetDetails]:
    """What changed inside each asset, by its id."""
    found = {}
    with progress_bar(out, "comparing") as (progress, cancel):
        for each in library.diff_details(diff.a, diff.b, ref, cancel=cancel):
            # The pictures are for the page: of many assets they would fill the memory.
            found[each.entry.asset_id] = attrs.evolve(each, pictures=Pictures())
            progress(len(found), len(diff.entries), each.entry.path)
    return found


def _result(
    out: Output, library: Library, diff: Diff, found: dict[str, AssetDetails], page: Path | None
) -> None:
    def text() -> str:
        if page is not None and not found:
            return f"{counted(len(diff.entries), 'changed asset')}, shown in {one_line(str(page))}"
        lines = [
            line
            for entry in diff.entries
            for line in (*_entry(library, entry), *_inside(found.get(entry.asset_id)))
        ]
        return "\n".join(lines) or "no difference"

    data = to_plain(diff)
    if page is not None:
        data["page"] = str(page)
    for entry in data["entries"]:
        if entry["asset_id"] in found:
            entry["details"] = _plain(found[entry["asset_id"]])
    out.result(data, text)


def _plain(details: AssetDetails) -> dict[str, Any]:
    data: dict[str, Any] = to_plain(details)
    return {name: value for name, value in data.items() if name not in ("entry", "pictures")}


def _entry(library: Library, entry: DiffEntry) -> list[str]:
    moved = f"{one_line(entry.old_path)} -> " if entry.old_path else ""
    head = f"{SIGNS[entry.status]} {moved}{one_line(entry.path)}"
    if entry.before and entry.after and entry.content_changed:
        head += f"  {human_size(entry.before.size)} -> {human_size(entry.after.size)}"
    return [
        head,
        *(
            f"    {item.name}: {_value(library, item.before)} -> {_value(library, item.after)}"
            for item in entry.fields
        ),
    ]


def _inside(details: AssetDetails | None) -> Iterator[str]:
    if details is None:
        return
    if details.picture is not None:
        where = box_line(details.picture)
        yield f"    {area(details.picture)}" + (f", {where}" if where else "")
        yield from (f"    {line}" for line in picture_lines(details.picture))
    summary = parts_summary(details)
    if summary:
        yield f"    {summary}"
    for part in details.parts[:_MOST_PARTS]:
        words = part_words(part)
        told = f": {one_line(words)}" if words else ""
        yield f"      {SIGNS[part.status]} {part.kind} {one_line(part.name)}{told}"
    if len(details.parts) > _MOST_PARTS:
        yield f"      and {len(details.parts) - _MOST_PARTS} more; --json has them"
    yield from (f"    not compared: {one_line(problem)}" for problem in details.problems)


def _value(library: Library, value: object) -> str:
    """A value as people know it: nothing is ``-``, another asset goes by its path."""

    def name(match: re.Match[str]) -> str:
        try:
            return library.get(match[0]).path
        except NotFound:
            return match[0]

    text = "" if value is None else str(value)
    return one_line(_ID.sub(name, text)) or "-"
