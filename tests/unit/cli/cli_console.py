"""Runs the ``console`` blocks of a page: each command must print what the page shows.

A line that begins with ``$ `` is a command for bash, run in ``folder``; what
follows up to the next is its output, errors included. Names in ``known``
stand on the page as ``$NAME`` where a run has a value of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["run_page"]

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
_COMMAND = re.compile(r"\$ (.*)\n((?:(?!\$ ).*\n)*)")


def run_page(page: Path, folder: Path, known: Callable[[str], str] = str) -> int:
    """Run all commands of ``page`` in ``folder``; how many there were.

    ``known`` turns what a run printed into what the page says.
    """
    programs = folder / ".bin"
    programs.mkdir()
    program = programs / "audobon"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m audobon "$@"\n')
    program.chmod(0o755)
    environment = {
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
    }
    count = 0
    for block in _BLOCK.findall(page.read_text("utf-8")):
        for command, expected in _COMMAND.findall(block):
            done = subprocess.run(
                ["bash", "-c", f"exec 2>&1; {command}"], cwd=folder, env=environment,
                capture_output=True, text=True, check=False, timeout=120,
            )  # fmt: skip
            assert known(done.stdout) == expected, command
            count += 1
    return count
