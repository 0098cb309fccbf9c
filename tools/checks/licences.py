"""The SDK is Apache-2.0; add-ons are GPL-3.0-or-later, as their hosts ask, and say so."""

from __future__ import annotations

import tomllib
from pathlib import Path

from checks.source import python_files, show

__all__ = ["check"]

_GPL = "SPDX-License-Identifier: GPL-3.0-or-later"
_MARK = "SPDX-License-Identifier:"


def _head(path: Path, lines: int) -> str:
    return "\n".join(path.read_text("utf-8").splitlines()[:lines])


def check(root: Path) -> list[str]:
    found = []
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8")).get("project", {})
    if project.get("license") != "Apache-2.0":
        found.append("pyproject.toml: the SDK's licence must be Apache-2.0")
    for name, words in (("LICENSE", "Apache License"), ("addons/LICENSE", "GNU GENERAL PUBLIC")):
        path = root / name
        if not path.exists() or words not in path.read_text("utf-8")[:400]:
            found.append(f"{name}: must be the text of the licence ({words})")
    for path in python_files(root, "addons"):
        if _GPL not in _head(path, 5):
            found.append(f"{show(root, path)}:1: must say '# {_GPL}' at its top")
    for path in python_files(root, "sdk"):
        head = _head(path, 20)
        if _MARK in head and f"{_MARK} Apache-2.0" not in head:
            found.append(f"{show(root, path)}:1: a file of the SDK is Apache-2.0")
    return found
