"""``audobon switch``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted


@verb("switch")
@click.argument("name")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and end.")
@click.option("--force", is_flag=True, help="Keep uncommitted work in a rescue version and go on.")
def command(out: Output, library: str | None, name: str, only_plan: bool, force: bool) -> None:
    """Make files and metadata as they are on the branch NAME."""
    with open_library(library, writes=not only_plan) as opened:
        if only_plan:
            done = opened.plan_switch(name)
        else:
            with progress_bar(out, "Switching") as (progress, cancel):
                done = opened.switch(name, force=force, progress=progress, cancel=cancel)
        text = (
            f"{'would switch' if only_plan else 'switched'} to {done.name}: "
            f"{counted(len(done.written), 'file')} written, {len(done.removed)} removed, "
            f"{len(done.edited)} edited"
        )
        lines = [text, *(f"  in the way: {path}" for path in done.blocked if only_plan)]
        out.result(done, "\n".join(lines))
        if done.rescued:
            out.note(f"uncommitted work is kept in version {done.rescued[:10]}")
