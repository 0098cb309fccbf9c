"""``audobon resolve``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.merge_text import merge_text, still_open
from audobon.cli.progress import progress_bar
from audobon.errors import Invalid, NotFound
from audobon.library import Library
from audobon.model.merge import TAKES, MergeConflict


@verb("resolve")
@click.argument("conflicts", nargs=-1, shell_complete=complete.assets)
@click.option("--take", required=True, type=click.Choice(TAKES), help="Which side counts.")
@click.option("--all", "everything", is_flag=True, help="All conflicts that are open.")
@click.option("--whole", is_flag=True, help="Files as a whole, not part by part.")
def command(
    out: Output,
    library: str | None,
    conflicts: tuple[str, ...],
    take: str,
    everything: bool,
    whole: bool,
) -> None:
    """Decide CONFLICTS of the open merge: assets, things such as "tag wood", or ids.

    An asset means all of its open conflicts. The last decision finishes the
    merge; until then the status is 30.
    """
    if bool(conflicts) == everything:
        raise Invalid("name conflicts, or give --all", hint="'audobon merge' lists them")
    with open_library(library, writes=True) as opened:
        found = opened.open_merge()
        if found is None:
            raise NotFound("no merge is open", hint="'audobon merge NAME' begins one")
        chosen = list(found.conflicts)
        if not everything:
            known = (*found.conflicts, *found.decided)
            chosen = [one for name in conflicts for one in _named(opened, known, name)]
        with progress_bar(out, "Merging") as (progress, cancel):
            report = opened.resolve(chosen, take, whole=whole, progress=progress, cancel=cancel)
        if report.rescued:
            out.note(f"uncommitted work is kept in version {report.rescued[:10]}")
        out.result(report, merge_text(report), error=still_open(report))


def _named(library: Library, known: tuple[MergeConflict, ...], name: str) -> list[MergeConflict]:
    """The conflicts that a name means; open ones, or decided ones where none is open."""
    found = [one for one in known if name in (one.id, one.path)]
    if not found:
        try:
            ident = library.get(asset_argument(name)).id
            found = [one for one in known if ident in (one.asset_id, one.other)]
        except NotFound:
            found = []
    if not found:
        raise NotFound(
            f"the open merge has no conflict about {name}",
            subject=name,
            hint="'audobon merge' lists them",
        )
    return [one for one in found if not one.take] or found
