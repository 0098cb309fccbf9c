"""What was taught, version beside version, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.cli.table import table
from audobon.codec.words import duration, human_size
from audobon.model.headrun import HeadRun

__all__ = ["runs_text"]

_RIVALS = ("zero-shot", "nearest", "previous", "imported")
_HEAD = (
    *("tag", "version", "made", "yes/no", "F1 held out", "precision", "recall"),
    *_RIVALS,
    *("took", "memory", "network", "state"),
)


def runs_text(runs: Sequence[HeadRun], *, every: bool) -> str:
    """A line each, then why some were refused. ``every`` is for versions of several tags."""
    rows = [(each.tag if every else "", *_row(each)) for each in runs]
    told = [place for place in range(len(_HEAD)) if any(row[place] for row in rows)]
    lines = [table([[row[at] for at in told] for row in rows], [_HEAD[at] for at in told])]
    for each in runs:
        if each.refused:
            name = f"{each.tag} {each.version}" if every else f"version {each.version}"
            lines.append(f"{name} was not taken into use by itself: {each.refused}")
    return "\n".join(lines)


def _row(run: HeadRun) -> tuple[str, ...]:
    low, high = run.f1_within
    cut = run.at_threshold
    rivals = (run.rival(name) for name in _RIVALS)
    return (
        str(run.version),
        f"{run.made.astimezone():%Y-%m-%d}",
        f"{run.yes}/{run.no}",
        f"{run.f1:.2f} ({low:.2f} to {high:.2f})",
        "" if cut is None else f"{cut.precision:.2f}",
        "" if cut is None else f"{cut.recall:.2f}",
        *("" if each is None else f"{each.f1:.2f}" for each in rivals),
        duration(run.seconds if run.took is None else run.took),
        "" if run.memory is None else human_size(run.memory),
        run.backbone,
        run.state,
    )
