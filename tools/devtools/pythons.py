"""The Pythons that hosts embed: finding them, and a small environment for each.

The core runs inside other programs, so it is imported with each of these in
an environment that holds the core's own dependencies and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.env import CACHE, CORE_LOCK, ensure
from devtools.shell import Failed, say

__all__ = ["LIST", "WANTED", "ensure_core_pythons", "find_python"]

# Blender 4.2 to 5.0 and Krita on Debian embed 3.11; Blender 5.1 and newer 3.13.
WANTED = ("3.11", "3.12", "3.13")
LIST = CACHE / "pythons.json"
_ASK = "import sys; print('.'.join(map(str, sys.version_info[:3]))); print(sys.executable)"


def _candidates(version: str) -> list[list[str]]:
    found: list[list[str]] = []
    if ".".join(map(str, sys.version_info[:2])) == version:
        found.append([getattr(sys, "_base_executable", None) or sys.executable])
    if path := shutil.which(f"python{version}"):
        found.append([path])
    if os.name == "nt" and (launcher := shutil.which("py")):
        found.append([launcher, f"-{version}"])
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found += [[str(path)] for path in sorted(pyenv.glob(f"versions/{version}*/bin/python"))]
    return found


def find_python(version: str) -> tuple[str, str] | None:
    """Path and full version of a Python ``version`` ("3.12") that really starts, or None.

    Each candidate is run: a pyenv shim exists for versions that are not active.
    """
    for command in _candidates(version):
        try:
            done = subprocess.run(
                [*command, "-I", "-c", _ASK],
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        lines = done.stdout.split("\n")
        if done.returncode == 0 and lines[0].rpartition(".")[0] == version:
            return lines[1].strip(), lines[0].strip()
    return None


def ensure_core_pythons() -> Path:
    """A core-only environment for each of WANTED that this machine has.

    Returns the file that tells the tests where they are. A missing Python is
    said aloud; where ``CI`` is set it is a failure, because there the matrix
    must be whole.
    """
    made: dict[str, str] = {}
    missing = []
    for version in WANTED:
        found = find_python(version)
        if found is None:
            missing.append(version)
            continue
        venv = CACHE / f"py{version.replace('.', '')}"
        made[version] = str(ensure(venv, CORE_LOCK, base=found[0], version=found[1]))
    if missing:
        line = f"not found: Python {', '.join(missing)} (the core is not imported with them)"
        if os.environ.get("CI"):
            raise Failed(line)
        say(line)
    part = LIST.with_suffix(f".{os.getpid()}")  # another run may be reading the list
    part.write_text(json.dumps(made, indent=1), "utf-8")
    part.replace(LIST)
    return LIST
