"""``audobon push``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.secrets import passphrase_file, passphrase_from
from audobon.cli.sizes import cost_lines
from audobon.cli.words import counted, human_size
from audobon.codec.plain import to_plain
from audobon.errors import Invalid
from audobon.library import Library
from audobon.model.remote import PushReport


@verb("push")
@click.argument("name", required=False)
@click.option(
    "--branch",
    "branches",
    multiple=True,
    help="Not the current one.",
    shell_complete=complete.branches,
)
@click.option("--all", "everything", is_flag=True, help="Every branch.")
@click.option("--dry-run", is_flag=True, help="Only say how much would be sent.")
@passphrase_file
def command(
    out: Output,
    library: str | None,
    name: str | None,
    branches: tuple[str, ...],
    everything: bool,
    dry_run: bool,
    passphrase_file: str | None,
) -> None:
    """Send the remote NAME what it lacks; where there is only one, it need not be named."""
    if branches and everything:
        raise Invalid("--all is every branch; name none")
    with open_library(library, writes=True) as opened:
        wanted = tuple(each.name for each in opened.branches()) if everything else branches
        with progress_bar(out, "Pushing") as (progress, cancel):
            done = opened.push(
                remote_name(opened, name),
                branches=wanted or None,
                dry_run=dry_run,
                passphrase=passphrase_from(passphrase_file),
                progress=progress,
                cancel=cancel,
            )
        for path in done.held:
            out.note(f"{path} is locked by somebody else too")
        if done.lacking:
            lost = counted(len(done.lacking), "file")
            are = "is" if len(done.lacking) == 1 else "are"
            out.note(f"{lost} of versions {are} neither here nor there: see 'audobon verify'")
        out.result({**to_plain(done), "nothing": done.nothing}, _text(done))


def remote_name(opened: Library, name: str | None) -> str:
    """The one that is meant. Invalid where that is not clear."""
    if name is not None:
        return name
    known = [each.name for each in opened.remotes.list()]
    if len(known) == 1:
        return known[0]
    raise Invalid(
        f"which remote is meant? {', '.join(known)}" if known else "there is no remote",
        hint="name one" if known else "'audobon remote --add NAME URL' makes one",
    )


def _text(done: PushReport) -> str:
    if done.nothing:
        return f"{done.name} has everything"
    parts = [(done.versions, "version"), (done.files, "content"), (done.results, "result")]
    what = ", ".join(counted(count, noun) for count, noun in parts if count)
    what += " of local AI" * bool(done.results)
    if done.dry_run:
        lines = [f"would send {what or 'nothing new'}, about {human_size(done.bytes)}"]
        return "\n".join(lines + cost_lines(done.estimate))
    moved = f": {', '.join(done.branches)}" if done.branches else ""  # else what was computed since
    return f"sent {what or 'nothing new'}, {human_size(done.bytes)}{moved}"
