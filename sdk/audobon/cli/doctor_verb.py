"""``audobon doctor``."""

from __future__ import annotations

from pathlib import Path

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.targets import need_own
from audobon.cli.trials import trial_table
from audobon.cli.words import counted, one_line
from audobon.codec.plain import to_plain
from audobon.errors import Unavailable
from audobon.models.registry import Models

_MARKS = {"ok": "ok  ", "off": "off ", "warning": "warn", "problem": "BAD "}


@verb("doctor")
@click.option("--repair", is_flag=True, help="Mend what can be rebuilt.")
@click.option("--devices", is_flag=True, help="Run every installed model on every device.")
@click.option(
    *("--page", "page"),
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is found, with metrics and plots, as a page.",
)
def command(
    out: Output, library: str | None, repair: bool, devices: bool, page: Path | None
) -> None:
    """Check the library and this machine, and say what is off and how to get it."""
    if devices:
        _devices(out)
        return
    with open_library(library, writes=repair) as opened:
        health = opened.doctor(repair=repair)
        if page is not None:
            need_own(opened, page, ("html",))
            opened.health_page(page, check=health)
        lines = []
        for check in health.checks:
            lines.append(f"{_MARKS[check.state]} {check.name}: {check.message}")
            if check.hint:
                lines.append(f"       {check.hint}")
        bad = sum(check.state == "problem" for check in health.checks)
        found = Unavailable(
            f"the library has {counted(bad, 'problem')}; see the checks",
            hint="" if repair else "'audobon doctor --repair' mends what can be rebuilt",
        )
        if page is not None:
            lines.append(one_line(str(page)))
        out.result(
            {**to_plain(health), "ok": health.ok} | ({} if page is None else {"page": str(page)}),
            "\n".join(lines),
            error=None if health.ok else found,
        )


def _devices(out: Output) -> None:
    """No library is needed: models and devices are the machine's."""
    models = Models()
    trials = models.try_devices()
    text = trial_table(trials) or "no model with a network is installed"
    out.result({"trials": trials, "avoided": models.avoided()}, text)
