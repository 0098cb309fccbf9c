"""Fragments of the changelog: ``docs/changelog.d/<name>.<kind>.md``, one change a file.

One file a change, so that two people never edit the same line; they are
gathered at a release.
"""

from __future__ import annotations

from pathlib import Path

from checks.source import show

__all__ = ["KINDS", "check"]

KINDS = ("added", "changed", "fixed", "removed", "security")
_FOLDER = "docs/changelog.d"


def check(root: Path) -> list[str]:
    folder = root / _FOLDER
    fragments = [path for path in sorted(folder.glob("*")) if path.name != "README.md"]
    if not fragments:
        return [f"{_FOLDER}: no fragment; every change has one (see its README.md)"]
    found = []
    for path in fragments:
        name = show(root, path)
        parts = path.name.split(".")
        if len(parts) != 3 or parts[2] != "md" or parts[1] not in KINDS:
            found.append(f"{name}: the name must be NAME.KIND.md, KIND one of {', '.join(KINDS)}")
            continue
        text = path.read_text("utf-8").strip()
        if not text:
            found.append(f"{name}: is empty")
        elif text[0] in "#-*" or text[-1] not in ".`)!?":
            found.append(f"{name}:1: must be plain sentences, without a heading or a bullet")
    return found
