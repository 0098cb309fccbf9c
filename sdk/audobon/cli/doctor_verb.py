"""``audobon doctor``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.trials import trial_table
from audobon.cli.words import counted
from audobon.codec.plain import to_plain
from audobon.errors import Unavailable
from audobon.models.registry import Models

_MARKS = {"ok": "ok  ", "off": "off ", "warning": "warn", "problem": "BAD "}


@verb("doctor")
@click.option("--repair", is_flag=True, help="Mend what can be rebuilt.")
@click.option("--devices", is_flag=True, help="Run every installed model on every device.")
def command(out: Output, library: str | None, repair: bool, devices: bool) -> None:
    """Check the library and this machine, and say what is off and how to get it."""
    if devices:
        _devices(out)
        return
    with open_library(library, writes=repair) as opened:
        health = opened.doctor(repair=repair)
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
        out.result(
            {**to_plain(health), "ok": health.ok},
            "\n".join(lines),
            error=None if health.ok else found,
        )


def _devices(out: Output) -> None:
    """No library is needed: models and devices are the machine's."""
    models = Models()
    trials = models.try_devices()
    text = trial_table(trials) or "no model with a network is installed"
    out.result({"trials": trials, "avoided": models.avoided()}, text)
