"""``audobon fetch``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.sizes import cost_lines
from audobon.cli.words import counted, human_size
from audobon.errors import Invalid
from audobon.facade.base import Ref

_PAGE = 500


@verb("fetch")
@click.argument("assets", nargs=-1, shell_complete=complete.assets)
@click.option("--query", "-q", help="Those that this finds too.", shell_complete=complete.query)
@click.option("--all", "everything", is_flag=True, help="All that are only at a remote.")
@click.option("--dry-run", is_flag=True, help="Only say how much would come.")
def command(
    out: Output,
    library: str | None,
    assets: tuple[str, ...],
    query: str | None,
    everything: bool,
    dry_run: bool,
) -> None:
    """Bring files that are only at a remote to their places."""
    if not (assets or query or everything):
        raise Invalid("name assets, a query, or --all")
    with open_library(library, writes=True) as opened:
        wanted: list[Ref] = [asset_argument(each) for each in assets]
        searches = [f"({query}) state:remote"] if query else []
        searches += ["state:remote"] if everything else []
        for each in searches:
            page = opened.search(each, limit=_PAGE)
            while True:
                wanted += [hit.asset for hit in page.hits]
                if page.next is None:
                    break
                page = opened.search(each, limit=_PAGE, after=page.next)
        with progress_bar(out, "Fetching") as (progress, cancel):
            done = opened.fetch(wanted, dry_run=dry_run, progress=progress, cancel=cancel)
        if done.lacking:
            out.note(f"{counted(len(done.lacking), 'content')} at no remote")
        text = f"{counted(len(done.written), 'file')}, {human_size(done.bytes)}"
        if dry_run and done.estimate is not None:
            text = f"would bring {text} out of {human_size(done.estimate.down)} from there"
            text = "\n".join([text, *cost_lines(done.estimate)])
        out.result(done, text)
