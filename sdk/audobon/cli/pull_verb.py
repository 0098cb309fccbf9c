"""``audobon pull``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, open_library, verb
from audobon.cli.merge_text import merge_text, still_open
from audobon.cli.progress import progress_bar
from audobon.cli.push_verb import remote_name
from audobon.cli.secrets import passphrase_file, passphrase_from
from audobon.cli.sizes import cost_lines
from audobon.cli.words import counted, human_size
from audobon.codec.plain import to_plain
from audobon.model.remote import PullReport


@verb("pull")
@click.argument("name", required=False)
@click.option("--branch", help="Not the current one.", shell_complete=complete.branches)
@click.option("--lazy/--whole", default=None, help="Leave bytes there until needed, or not.")
@click.option("--force", is_flag=True, help="Keep uncommitted work in a rescue version and go on.")
@click.option("--dry-run", is_flag=True, help="Only say how much would come.")
@passphrase_file
def command(
    out: Output,
    library: str | None,
    name: str | None,
    branch: str | None,
    lazy: bool | None,
    force: bool,
    dry_run: bool,
    passphrase_file: str | None,
) -> None:
    """Take in what the remote NAME has, and merge its branch into the current one.

    While conflicts are open the status is 30, as with merge.
    """
    with open_library(library, writes=True) as opened:
        with progress_bar(out, "Pulling") as (progress, cancel):
            done = opened.pull(
                remote_name(opened, name),
                branch=branch,
                lazy=lazy,
                force=force,
                dry_run=dry_run,
                passphrase=passphrase_from(passphrase_file),
                progress=progress,
                cancel=cancel,
            )
        if done.merge is not None and done.merge.rescued:
            out.note(f"uncommitted work is kept in version {done.merge.rescued[:10]}")
        error = None if done.merge is None else still_open(done.merge)
        out.result({**to_plain(done), "conflicts": done.conflicts}, _text(done), error=error)


def _text(done: PullReport) -> str:
    results = f"{counted(done.results, 'result')} of local AI"
    if done.dry_run:
        what = f"{counted(done.versions, 'new version')}, {counted(done.files, 'content')}"
        what += f", {results}" * bool(done.results)
        size = 0 if done.estimate is None else done.estimate.down
        lines = [f"would bring {what}, {human_size(size)}"]
        return "\n".join(lines + cost_lines(done.estimate))
    got = f"{counted(done.versions, 'new version')}, {human_size(done.bytes)}"
    lines = [got if done.versions else "nothing new" * (not done.results)]
    if done.results:
        lines.append(f"{results} came along: nothing of it is computed here")
    lines += [f"the branch {each} is as it is there" for each in done.branches]
    if done.merge is not None and done.merge.kind != "nothing":
        lines.append(merge_text(done.merge))
    elif done.merge is None and not done.branches:
        lines.append(f"{done.name} has no branch {done.branch}" * (not done.versions))
    return "\n".join(line for line in lines if line)
