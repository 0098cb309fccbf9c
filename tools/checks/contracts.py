"""Every contract of ``.importlinter`` has its reason in a comment above it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["check"]

_FILE = ".importlinter"


def check(root: Path) -> list[str]:
    path = root / _FILE
    if not path.exists():
        return [f"{_FILE}: is missing"]
    lines = path.read_text("utf-8").splitlines()
    return [
        f"{_FILE}:{number}: {line} has no reason in a comment above it"
        for number, line in enumerate(lines, 1)
        if line.startswith("[importlinter:") and not lines[number - 2].startswith("#")
    ]
