"""A file over 400 lines owes a reason in ``tools/checks/long_files.toml``.

Long files are where architecture goes to die; a reason in a list keeps each
one a decision. A reason that is no longer needed must go as well.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from checks.source import python_files, show

__all__ = ["LIMIT", "check"]

LIMIT = 400  # the median of the best small libraries is 150; none of their files needs more
_LIST = "tools/checks/long_files.toml"


def check(root: Path) -> list[str]:
    listed = root / _LIST
    reasons = tomllib.loads(listed.read_text("utf-8")) if listed.exists() else {}
    found = []
    long_files = set()
    for path in python_files(root, "sdk", "addons", "tools", "tests"):
        name = show(root, path)
        count = len(path.read_text("utf-8").splitlines())
        if count > LIMIT:
            long_files.add(name)
            if not str(reasons.get(name, "")).strip():
                found.append(f"{name}: {count} lines, over {LIMIT} owes a reason in {_LIST}")
    found += [
        f"{_LIST}: {name} is not over {LIMIT} lines; remove its reason"
        for name in sorted(set(reasons) - long_files)
    ]
    return found
