"""``audobon lock``."""

from __future__ import annotations

import re
from datetime import timedelta

import click

from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.errors import Invalid
from audobon.services.core import brokenlocks
from audobon.services.core.locking import described

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@verb("lock")
@click.argument("assets", nargs=-1)
@click.option("--for", "lease", default="12h", show_default=True, help="When it ends by itself.")
@click.option("--program", default="", help="What has it open, for others to see.")
def command(
    out: Output, library: str | None, assets: tuple[str, ...], lease: str, program: str
) -> None:
    """Tell others that you work on ASSETS; without any, list who works on what."""
    match = re.fullmatch(r"([0-9]{1,4})([mhd])", lease.strip().lower())
    if match is None:
        raise Invalid(f"{lease!r} is not a time; write a number and m, h or d, as 12h")
    until = timedelta(**{_UNITS[match[2]]: int(match[1])})
    with open_library(library, writes=bool(assets)) as opened:
        # No process of ours stays to hold them: the lease does.
        taken = [
            opened.lock(asset_argument(asset), program=program, lease=until, keep=True)
            for asset in assets
        ]
        found = taken or opened.locks()
        broken = () if taken else opened.broken_locks()
        rows = [(lock.path, described(lock)) for lock in found]
        rows += [(one.path, f"yours was {brokenlocks.told(one)}") for one in broken]
        data = {"locks": list(found), "broken": list(broken)}
        out.result(data, lambda: table(rows) or "nothing is locked")
