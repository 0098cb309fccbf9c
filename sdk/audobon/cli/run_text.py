"""What ``audobon run`` says to people: what there is to run, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from audobon.cli.table import table
from audobon.cli.words import human_size, one_line
from audobon.model.component import Parameter, Pipeline
from audobon.models.missing import Missing

__all__ = ["described", "listed", "told"]


def listed(rows: Sequence[tuple[Pipeline, Missing]]) -> str:
    """Every pipeline, and how to get what it lacks."""
    head = ("pipeline", "state", "")
    shown = table([(line.name, state(lack), line.summary) for line, lack in rows], head)
    if not any(lack.components for _, lack in rows):
        return shown
    return f"{shown}\n'audobon models install PIPELINE' gets what one needs"


def state(lack: Missing) -> str:
    """``ready``, or how much has to be fetched first."""
    if not lack.components:
        return "ready"
    return f"{human_size(lack.size)} to fetch{', asks' if lack.asks else ''}"


def described(line: Pipeline, lack: Missing, parameters: Sequence[Parameter]) -> str:
    """One pipeline with its parameters."""
    rows = [(f"--set {each.name}={_plain(each.default)}", each.summary) for each in parameters]
    lines = [f"{line.name}: {line.summary}", table(rows)]
    if lack.components:
        lines.append(f"not ready: {lack.hint(line.name)}")
    return "\n".join(filter(None, lines))


def _plain(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def told(item: Mapping[str, Any], *, elsewhere: bool) -> str:
    """A result: the file that was made, or the values; ``elsewhere`` is not beside the source."""
    if "made" in item:
        made = item["made"]
        place = _from_here(made["file"]) if elsewhere else made["path"]
        return f"{one_line(item['path'])} -> {one_line(place)}"
    values: Sequence[Any] = item["values"]
    if values and isinstance(values[0], Mapping) and "text" in values[0]:
        rows = [(f"  {value['text']}", _percent(value["score"])) for value in values]
        return f"{one_line(item['path'])}:\n{table(rows)}"
    return f"{one_line(item['path'])}: {_shown(values)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _from_here(file: str) -> str:
    near = os.path.relpath(file) if os.path.splitdrive(file)[0] == "" else file
    return file if near.startswith(os.pardir) else near


def _shown(values: Sequence[Any]) -> str:
    if values and isinstance(values[0], Mapping):
        return ", ".join(" ".join(_words(value)) for value in values)
    if values:
        return f"{len(values)} numbers; --json has them"
    return "nothing"


def _words(value: Mapping[str, Any]) -> list[str]:
    """What people read of one value; places are for programs."""
    return [
        _percent(part) if isinstance(part, float) and name in ("score", "share") else str(part)
        for name, part in value.items()
        if not isinstance(part, list | tuple)
    ]
