"""Stands in for the network in a real worker process: files say what happens to it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any


def squares(payload: Any, context: Any) -> int:
    """Each file is noted in ``log`` before it kills the worker, fails, or is told by its name."""
    log = Path(payload["parameters"]["log"])
    for number, path in enumerate(payload["paths"]):
        context.give([number, None])
        with log.open("a") as stream:
            stream.write(f"{Path(path).name}\n")
        text = Path(path).read_text()
        if text.startswith("deadly"):
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("once"):
            Path(path).write_text("fine")
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("greedy") and len(payload["paths"]) > 1:
            error = {"code": 60, "message": "too much", "subject": "", "hint": ""}
            context.give([number, {"error": error}])
            continue
        context.give([number, {"ok": [[Path(path).name], 1]}])
    return len(payload["paths"])


TASKS = {"model.squares": squares}


def dies(payload: Any, context: Any) -> int:
    """As where a native library is broken: dead before the first picture."""
    os.kill(os.getpid(), signal.SIGKILL)
    return len(payload["paths"])


DEAD = {"model.squares": dies}
