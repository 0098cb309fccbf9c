"""``audobon lfs-agent``: started by git-lfs, see ``docs/plain-git.md``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from audobon.cli.base import Output, library_folder, verb
from audobon.services.versioning.lfs import serve


@verb("lfs-agent")
def command(out: Output, library: str | None) -> None:
    """Transfer files for git-lfs, which starts this command itself."""

    def send(answer: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    serve(library_folder(library), _scratch(), iter(sys.stdin.buffer.readline, b""), send)


def _scratch() -> Path:
    """Where git-lfs keeps half-finished downloads: it moves ours from there by renaming."""
    try:
        done = subprocess.run(["git", "lfs", "env"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return Path(tempfile.gettempdir())  # outside a repository: somebody tries it by hand
    for line in done.stdout.splitlines():
        name, _, value = line.partition("=")
        if name == "TempDir":
            return Path(value)
    return Path(tempfile.gettempdir())
