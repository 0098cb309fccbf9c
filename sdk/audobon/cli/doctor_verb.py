"""``audobon doctor``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.errors import Unavailable

_MARKS = {"ok": "ok  ", "off": "off ", "warning": "warn", "problem": "BAD "}


@verb("doctor")
@click.option("--repair", is_flag=True, help="Mend what can be rebuilt.")
def command(out: Output, library: str | None, repair: bool) -> None:
    """Check the library and this machine, and say what is off and how to get it."""
    with open_library(library) as opened:
        health = opened.doctor(repair=repair)
        lines = []
        for check in health.checks:
            lines.append(f"{_MARKS[check.state]} {check.name}: {check.message}")
            if check.hint:
                lines.append(f"       {check.hint}")
        out.result(health, "\n".join(lines))
    if not health.ok:
        raise Unavailable("the library has problems; see above")
