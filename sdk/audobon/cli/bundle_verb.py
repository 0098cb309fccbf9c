"""``audobon bundle``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import counted
from audobon.errors import NotFound
from audobon.library import Library
from audobon.model.bundle import Bundle, size_text
from audobon.model.change import Change


@verb("bundle")
@click.argument("assets", nargs=-1, shell_complete=complete.assets)
@click.option("--apart", is_flag=True, help="Show every file of these bundles for itself.")
@click.option("--alone", is_flag=True, help="With --apart: only these assets leave.")
@click.option("--name", help="Make ASSETS one bundle of this name.")
@click.option("--by-names", is_flag=True, help="Let the names of ASSETS decide again.")
@click.option("--limit", default=100, type=click.IntRange(min=1), help="How many are listed.")
def command(
    out: Output,
    library: str | None,
    assets: tuple[str, ...],
    apart: bool,
    alone: bool,
    name: str | None,
    by_names: bool,
    limit: int,
) -> None:
    """Show the bundles of ASSETS, all without any: maps of a material, sizes, versions."""
    if apart + by_names + (name is not None) > 1 or (alone and not apart):
        raise click.UsageError("Give only one of --apart, --name and --by-names.")
    writes = apart or by_names or name is not None
    if writes and not assets:
        raise click.UsageError("Say which assets.")
    with open_library(library, writes=writes) as opened:
        refs = [asset_argument(each) for each in assets]
        if writes:
            changes = _decide(opened, refs, apart=apart, alone=alone, name=name)
            out.result({"changes": changes}, "\n".join(change.label for change in changes))
        elif refs:
            found = [_of(opened, ref) for ref in refs]
            out.result({"bundles": found}, "\n".join(map(_text, found)))
        else:
            every = opened.bundles(limit=limit)
            out.result({"bundles": every}, lambda: _list(every) or "no bundles")


def _decide(
    library: Library, refs: list[str], *, apart: bool, alone: bool, name: str | None
) -> list[Change]:
    if apart:
        return [library.take_apart(ref, alone=alone) for ref in refs]
    return [library.put_together(refs, name)]


def _of(library: Library, ref: str) -> Bundle:
    found = library.bundle(ref)
    if found is None:
        raise NotFound(f"{ref} is in no bundle", subject=ref)
    return found


def _text(bundle: Bundle) -> str:
    rows = [
        (
            "shown" if part.asset.id == bundle.lead.id else "",
            part.role or (f"v{part.number}" if part.number is not None else ""),
            size_text(part.size) if part.size else "",
            part.asset.path,
        )
        for part in bundle.parts
    ]
    return f"{bundle.name} ({bundle.kind})\n{table(rows, cut=False)}"


def _list(bundles: tuple[Bundle, ...]) -> str:
    rows = [
        (one.name, one.kind, counted(len(one.parts), "file"), " ".join(one.sizes), one.lead.path)
        for one in bundles
    ]
    return table(rows, ("bundle", "kind", "", "sizes", "shown"))
