"""``audobon import``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.table import table
from audobon.cli.words import human_size, when
from audobon.services.imports.import_plan import ImportPlan

_SHOWN = 20
# Lines of a plan that fit a terminal; --json has all of it.


@verb("import")
@click.argument("path", type=click.Path())
@click.option("--to", metavar="FOLDER", type=click.Path(), help="Where the files lie, or will.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and end.")
@click.option("--partial", is_flag=True, help="Leave out files whose bytes are not there.")
def command(
    out: Output, library: str | None, path: str, to: str | None, only_plan: bool, partial: bool
) -> None:
    """Take the versions of a git repository or of numbered files at PATH into the history."""
    with open_library(library, writes=not only_plan) as opened:
        plan = opened.plan_import(path, to=to)
        if only_plan:
            out.result(plan, lambda: _shown(plan))
            return
        with progress_bar(out, "Importing") as (progress, cancel):
            done = opened.import_versions(plan, partial=partial, progress=progress, cancel=cancel)
        out.result(
            done,
            f"{done.versions} versions of {done.assets} files; "
            f"the store grew by {human_size(done.stored)}",
        )
        for written in done.written[:_SHOWN]:
            out.note(f"wrote {written}")


def _shown(plan: ImportPlan) -> str:
    rows = [
        (
            when(version.time),
            version.author,
            f"{len(version.writes)} written, {len(version.removes)} removed",
            version.message.partition("\n")[0],
        )
        for version in plan.versions
    ]
    lines = [f"{len(plan.versions)} versions of {len(plan.paths)} files in {plan.to}"]
    lines.append(table(rows[-_SHOWN:]))
    for title, names in (
        ("left out", [f"{path} ({reason})" for path, reason in plan.left_out]),
        ("bytes not there", plan.missing),
        ("in the way", plan.conflicts),
    ):
        if names:
            lines.append(f"{title}: {len(names)}")
            lines.extend(f"  {name}" for name in names[:_SHOWN])
    return "\n".join(line for line in lines if line)
