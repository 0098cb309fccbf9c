"""``audobon relink``."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from audobon.cli import complete
from audobon.cli.add_verb import report_data
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import one_line
from audobon.errors import NotFound
from audobon.library import Library
from audobon.model.relinking import Proposal

_Pairs = tuple[tuple[str, str], ...]


@verb("relink")
@click.option(
    "--accept",
    nargs=2,
    multiple=True,
    metavar="ASSET FILE",
    help="FILE is this missing asset, moved and edited.",
    shell_complete=complete.assets,
)
@click.option(
    "--refuse",
    nargs=2,
    multiple=True,
    metavar="ASSET FILE",
    help="It is not; never propose it again.",
    shell_complete=complete.assets,
)
def command(out: Output, library: str | None, accept: _Pairs, refuse: _Pairs) -> None:
    """Look for missing files in all roots; found ones keep their tags and history.

    What was moved and edited is proposed, with a score and reasons.
    """
    with open_library(library, writes=True) as opened:
        if accept or refuse:
            with progress_bar(out, "Comparing") as (progress, cancel):
                found = opened.relink_proposals(progress=progress, cancel=cancel)
            yes, no = _named(opened, found, accept), _named(opened, found, refuse)
            changes = [opened.accept_relink(yes)] if yes else []
            changes += [opened.refuse_relink(no)] if no else []
            out.result({"changes": changes}, "\n".join(each.label for each in changes))
            return
        report = opened.relink()
        with progress_bar(out, "Comparing") as (progress, cancel):
            found = opened.relink_proposals(progress=progress, cancel=cancel)
        lines = [f"found {one_line(asset.file)}" for asset in report.moved]
        lines.extend(f"missing {one_line(asset.file)}" for asset in report.missing)
        for each in found:
            lines.append(
                f"{one_line(each.asset.path)} may be {one_line(each.file)} ({each.score:.2f})"
            )
            lines.extend(f"  {one_line(reason.text)}" for reason in each.reasons)
        data = {**report_data(report), "proposals": found}
        out.result(data, "\n".join(lines) or "nothing is missing")


def _named(opened: Library, found: Sequence[Proposal], pairs: _Pairs) -> list[Proposal]:
    """The proposals that are meant. NotFound for what is not proposed."""
    named = []
    for name, file in pairs:
        asset, path = opened.get(asset_argument(name)), os.path.abspath(file)
        match = [
            each
            for each in found
            if each.asset.id == asset.id and os.path.abspath(each.file) == path
        ]
        if not match:
            raise NotFound(
                f"{file} is not proposed for {asset.path}",
                subject=file,
                hint="'audobon relink' lists what is",
            )
        named.extend(match)
    return named
