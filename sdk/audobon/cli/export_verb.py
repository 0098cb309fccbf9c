"""``audobon export``."""

from __future__ import annotations

import contextlib

import click
from attrs import evolve

from audobon.cli import complete
from audobon.cli.base import Output, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted, failed_line
from audobon.codec.plain import error_data, to_plain
from audobon.errors import AudobonError, Cancelled
from audobon.library import Library
from audobon.services.versioning.export import Exported


@verb("export")
@click.argument("folder", type=click.Path(file_okay=False))
@click.argument("assets", nargs=-1, shell_complete=complete.assets)
@click.option(
    "--revision", "-r", default="HEAD", show_default=True, shell_complete=complete.revisions,
    help="The version that is written.",
)  # fmt: skip
def command(
    out: Output, library: str | None, folder: str, assets: tuple[str, ...], revision: str
) -> None:
    """Write the files of a version below FOLDER: all, or ASSETS (also folders of the library)."""
    with open_library(library, writes=False) as opened:
        with progress_bar(out, "Writing") as (progress, cancel):
            done = opened.export(folder, revision, assets, progress=progress, cancel=cancel)
        if assets and not opened.read_only:
            _note(opened, done)
        for place, note in done.notes:
            out.note(f"{place} is not bit for bit, but the same payload: {note}")
        out.result(_data(done), _text(done), error=_error(done))


def _note(library: Library, done: Exported) -> None:
    """Assets that somebody named and got out were used; a whole library is a copy of it."""
    uses = []
    for place in done.written:
        with contextlib.suppress(AudobonError):  # of an old version, or under another root
            uses.append((library.get(place), "exported"))
    library.record_uses(uses, host="command line")


def _error(done: Exported) -> AudobonError | None:
    """A copy that lacks something must not look complete to a script."""
    if done.cancelled:
        return Cancelled(
            "the export was stopped; what is written is complete",
            hint="run the same command again to go on",
        )
    return done.failed[0][1] if done.failed else None


def _data(done: Exported) -> dict[str, object]:
    failed = [{"path": path, "error": error_data(error)} for path, error in done.failed]
    return {**to_plain(evolve(done, failed=())), "failed": failed}


def _text(done: Exported) -> str:
    lines = [
        f"{counted(len(done.written), 'file')} of {done.revision[:10]} written to {done.folder}"
        + (f", {len(done.present)} there already" if done.present else "")
    ]
    lines.extend(f"  {failed_line(path, error)}" for path, error in done.failed[:20])
    if len(done.failed) > 20:
        lines.append(f"  and {len(done.failed) - 20} more; --json lists all")
    return "\n".join(lines)
