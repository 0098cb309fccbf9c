"""What a worker process can be asked to do in Vertex AI, so that no host loads Google's modules.

Short ones: a run is followed by whoever waits for it. Not in a cage: these workers open no file
of a stranger, and speak with the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audobon.errors import Unavailable
from audobon.work.child import TaskContext

__all__ = ["TASKS"]


def send(payload: Mapping[str, Any], context: TaskContext) -> dict[str, str]:
    """``{folder, run}``: send what is queued; the ``state`` of a run then, and its ``error``."""
    from audobon.cloud.calling import NoAnswer
    from audobon.cloud.running import Runs

    context.check()
    with Runs(Path(payload["folder"])) as runs:
        error = ""
        try:
            runs.send()
        except Unavailable as unavailable:  # it stays queued
            if not isinstance(unavailable, NoAnswer):
                raise
            error = unavailable.message
        run = runs.ledger.get(payload["run"])
        return {"state": run.state, "error": run.error or error}


def fetch(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{folder, run}``: what a run has learnt. Busy while it goes on."""
    from audobon.cloud.running import Runs

    context.check()
    with Runs(Path(payload["folder"])) as runs:
        return runs.fetch(runs.ledger.get(payload["run"]))


TASKS: Mapping[str, Callable[[Mapping[str, Any], TaskContext], Any]] = {
    "vertex.send": send,
    "vertex.fetch": fetch,
}
