"""``audobon merge``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, open_library, verb
from audobon.cli.merge_text import merge_text, still_open
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted
from audobon.errors import Invalid
from audobon.model.merge import MergeReport


@verb("merge")
@click.argument("name", required=False, shell_complete=complete.branches)
@click.option("--message", "-m", default="", help="What the version with two parents is about.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and end.")
@click.option("--force", is_flag=True, help="Keep uncommitted work in a rescue version and go on.")
@click.option("--abort", is_flag=True, help="End the open merge; all is as before it.")
def command(
    out: Output,
    library: str | None,
    name: str | None,
    message: str,
    only_plan: bool,
    force: bool,
    abort: bool,
) -> None:
    """Take everything of the branch NAME into the current one; alone, show the open merge.

    While conflicts are open the status is 30 and nothing is changed.
    """
    if abort and name is not None:
        raise Invalid("--abort ends the open merge, whatever branch that is; name none")
    if name is None and (only_plan or force or message):
        raise Invalid("no branch is named; --plan, --force and --message need one")
    with open_library(library, writes=abort or (name is not None and not only_plan)) as opened:
        if abort:
            ended = opened.abort_merge()
            back = f"; {counted(len(ended.written), 'file')} put back" if ended.written else ""
            out.result(ended, f"the merge of {ended.name or 'a branch'} is ended{back}")
        elif name is None:
            found = opened.open_merge()
            report = found or MergeReport("", "nothing", "", "", "")
            text = merge_text(report) if found else "no merge is open"
            out.result(report, text, error=still_open(report))
        elif only_plan:
            report = opened.plan_merge(name)
            out.result(report, merge_text(report, planned=True))
        else:
            with progress_bar(out, "Merging") as (progress, cancel):
                report = opened.merge(
                    name, message=message, force=force, progress=progress, cancel=cancel
                )
            if report.rescued:
                out.note(f"uncommitted work is kept in version {report.rescued[:10]}")
            out.result(report, merge_text(report), error=still_open(report))
