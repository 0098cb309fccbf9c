"""Running other programs, and saying plainly what went wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["ROOT", "Failed", "call", "inner_environment", "require", "say"]

ROOT = Path(__file__).resolve().parents[2]


class Failed(Exception):
    """The task cannot go on; the message is for the person at the terminal."""


def say(text: str) -> None:
    """Print one line now, in order with what child processes print."""
    print(text, flush=True)


def inner_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for programs of the project's own environment.

    PYTHONHOME and PYTHONPATH of the outer Python would mix two installations, and with
    PYTHONDONTWRITEBYTECODE each of the thousands of Pythons that tests start compiles the SDK anew.
    """
    left_out = ("PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if k not in left_out}
    return {**kept, **(extra or {})}


def call(
    command: Sequence[str | Path], *, cwd: Path = ROOT, extra: Mapping[str, str] | None = None
) -> int:
    """Run ``command`` with our own output and no input; its exit status."""
    sys.stdout.flush()
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=inner_environment(extra),
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as exc:
        raise Failed(f"{command[0]} cannot be started: {exc}") from exc
    return done.returncode


def require(
    command: Sequence[str | Path],
    what: str,
    *,
    cwd: Path = ROOT,
    extra: Mapping[str, str] | None = None,
) -> None:
    """Run ``command``; Failed, naming ``what``, unless it ends with 0."""
    status = call(command, cwd=cwd, extra=extra)
    if status:
        raise Failed(f"{what} failed with status {status}: {' '.join(map(str, command))}")
