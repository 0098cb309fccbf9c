"""``audobon collect``."""

from __future__ import annotations

import re
from datetime import timedelta

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted, human_size
from audobon.codec.plain import to_plain
from audobon.errors import Invalid

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@verb("collect")
@click.option("--dry-run", is_flag=True, help="Only say what would be freed.")
@click.option("--grace", default="14d", show_default=True, help="How long unneeded things stay.")
@click.option("--keep-last", type=click.IntRange(1), metavar="N", help="Prune older versions.")
@click.option("--keep-for", metavar="AGE", help="Prune versions older than this, as 90d.")
def command(
    out: Output,
    library: str | None,
    dry_run: bool,
    grace: str,
    keep_last: int | None,
    keep_for: str | None,
) -> None:
    """Free the space of what no version needs, and of versions you no longer want."""
    with open_library(library, writes=not dry_run) as opened:
        with progress_bar(out, "Collecting") as (progress, cancel):
            done = opened.collect(
                dry_run=dry_run,
                grace=_age(grace),
                keep_last=keep_last,
                keep_for=None if keep_for is None else _age(keep_for),
                progress=progress,
                cancel=cancel,
            )
        before = human_size(done.chunks_before + done.history_before)
        after = human_size(done.chunks_after + done.history_after)
        gone = f"{counted(done.files, 'content')} and {counted(done.objects, 'object')} of git"
        text = f"{gone}, {before} -> {after}"
        lines = [f"would go: {text}" if dry_run else f"gone: {text}"]
        if done.derived:
            lines.append(
                f"colours and vectors of {counted(done.derived, 'content')} without an asset"
            )
        if done.pruned:
            lines.append(f"{counted(done.pruned, 'version')} {'to prune' if dry_run else 'pruned'}")
        if done.waiting:
            lines.append(f"{counted(done.waiting, 'content')} in the grace period")
        out.result({**to_plain(done), "freed": done.freed}, "\n".join(lines))


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,6})([hdw])", text.strip().lower())
    if match is None:
        raise Invalid(f"{text!r} is not an age; write a number and h, d or w, as 14d", subject=text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
