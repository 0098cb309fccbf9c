"""``audobon purge``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.secrets import passphrase_file, passphrase_from
from audobon.cli.words import counted, human_size
from audobon.errors import Corrupt, Invalid, NotFound
from audobon.library import Library
from audobon.model.purge import PurgeReport

_SHOWN = 10


@verb("purge")
@click.argument("assets", nargs=-1, shell_complete=complete.assets)
@click.option("--keep-files", is_flag=True, help="Leave the files themselves where they are.")
@click.option("--remote", "remotes", multiple=True, metavar="NAME", help="Purge it there as well.")
@click.option("--all-remotes", is_flag=True, help="All remotes of the library.")
@click.option("--snapshots", is_flag=True, help="Also where snapshots go by themselves.")
@click.option("--snapshots-at", multiple=True, metavar="PLACE", help="Also snapshots in a place.")
@click.option("--follow", metavar="NAME", help="Purge here what was purged at a remote.")
@click.option("--resume", is_flag=True, help="Finish a purge that was cut off.")
@click.option("--yes", is_flag=True, help="Do it; without this only the plan is told.")
@passphrase_file
def command(
    out: Output,
    library: str | None,
    assets: tuple[str, ...],
    keep_files: bool,
    remotes: tuple[str, ...],
    all_remotes: bool,
    snapshots: bool,
    snapshots_at: tuple[str, ...],
    follow: str | None,
    resume: bool,
    yes: bool,
    passphrase_file: str | None,
) -> None:
    """Remove ASSETS for good: files, versions, bytes, caches and logs. Nothing brings them back."""
    else_ = resume or follow is not None
    if assets and else_:
        raise Invalid("--resume and --follow take no assets")
    if not (assets or else_ or remotes or all_remotes or snapshots or snapshots_at):
        raise Invalid(
            "name the assets to purge",
            hint="'audobon purge ASSET' tells what would go; --resume finishes what was cut off",
        )
    passphrase = passphrase_from(passphrase_file)
    with open_library(library, writes=yes) as opened:
        with progress_bar(out, "Purging") as (progress, cancel):
            if follow is not None:
                done = opened.purge_as(
                    follow,
                    keep_files=keep_files,
                    dry_run=not yes,
                    passphrase=passphrase,
                    progress=progress,
                    cancel=cancel,
                )
            else:
                places = [*snapshots_at]
                if snapshots:
                    places.append(_scheduled(opened))
                names = [one.name for one in opened.remotes.list()] if all_remotes else remotes
                with _told_without_a_name(assets, names):
                    done = opened.purge(
                        [asset_argument(name) for name in assets],
                        keep_files=keep_files,
                        remotes=names,
                        snapshots=places,
                        dry_run=not yes,
                        passphrase=passphrase,
                        progress=progress,
                        cancel=cancel,
                    )
        error = None
        if not done.ok:
            left = [place.name for place in done.places if not place.done]
            error = Corrupt(
                "not everything is gone; what was found is told above",
                hint=f"make {', '.join(left)} reachable, and purge there again"
                if left and done.proof is not None and done.proof.ok
                else "close other programs that have the library open, and purge again",
            )
        out.result({"ok": done.ok, **_plain(done)}, "\n".join(_told(done)), error=error)


@contextlib.contextmanager
def _told_without_a_name(assets: Sequence[str], remotes: Sequence[str]) -> Iterator[None]:
    """An asset that is not known, perhaps as it was purged here before, goes at a remote too."""
    try:
        yield
    except NotFound as error:
        if assets and remotes:
            named = " ".join(f"--remote {name}" for name in remotes)
            error.hint = f"what was purged here before goes there without its name: {named} alone"
        raise


def _scheduled(opened: Library) -> str:
    to = opened.snapshots.schedule.to
    if not to:
        raise Invalid(
            "no place is set that snapshots go to by themselves",
            hint="name the place with --snapshots-at",
        )
    return to


def _plain(done: PurgeReport) -> dict[str, object]:
    from audobon.codec.plain import to_plain

    return dict(to_plain(done))


def _told(done: PurgeReport) -> list[str]:
    would = "would go" if done.dry_run else "gone"
    lines = [f"{would}: {path}" for path in done.assets[:_SHOWN]]
    if len(done.assets) > _SHOWN:
        lines.append(f"{would}: {len(done.assets) - _SHOWN} more")
    if not (done.assets or done.places):
        lines.append("nothing that was purged there is here")
    elif done.assets:
        lines.append(_here(done))
    lines += [f"used by {path}" for path in done.used_by[:_SHOWN]]
    lines += [f"made of it, and stays: {path}" for path in done.made_of_it[:_SHOWN]]
    lines += [f"stays: {text}" for text in done.mentions[:_SHOWN]]
    lines += [f"{place.name}: {place.told}" for place in done.places]
    proof = done.proof
    if proof is not None and proof.files:  # else nothing here was to be searched
        size = human_size(proof.bytes)
        found = "nothing of it found" if proof.ok else counted(len(proof.traces), "trace")
        lines.append(f"searched {counted(proof.files, 'file')}, {size} unpacked: {found}")
        lines += [f"found {trace.what} in {trace.where}" for trace in proof.traces[:_SHOWN]]
        if proof.kept_ids:
            entries = "1 entry" if proof.kept_ids == 1 else f"{proof.kept_ids} entries"
            lines.append(f"its id stays in {entries} of the audit log, without its name")
    lines += [f"not reached: {text}" for text in done.elsewhere]
    if done.dry_run and (done.assets or done.places):
        lines.append("nothing is changed; --yes does it, and nothing brings it back")
    return lines


def _here(done: PurgeReport) -> str:
    return (
        f"{counted(done.versions, 'version')} {'to write' if done.dry_run else 'written'} anew, "
        f"{counted(done.contents, 'content')}, {counted(done.chunks, 'chunk')}, "
        + ("files stay" if done.kept_files else counted(len(done.files), "file"))
    )
