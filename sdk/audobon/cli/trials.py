"""Trials of devices as a table."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.cli.table import table
from audobon.models.devices import Trial

__all__ = ["trial_table"]


def trial_table(trials: Sequence[Trial]) -> str:
    """One row a trial; ``-`` where a device could not be tried with that component."""
    rows = [
        (
            "BAD" if trial.reason and trial.fits else "-" if trial.reason else "ok",
            trial.component,
            trial.device,
            f"{trial.seconds * 1000:.1f} ms",
            f"{trial.cosine:.5f}",
            trial.reason,
        )
        for trial in trials
    ]
    return table(rows, head=("", "component", "device", "a run", "as the CPU", "reason"))
