"""Python in the documentation is Python.

Every block marked ``python`` is compiled. One whose first line is
``# tested`` is also run, in an empty folder and a process of its own. What a
page leaves out on purpose is marked ``text``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from checks.source import pages, show

__all__ = ["check"]

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
_RUN_S = 120  # such a block makes a small library; more than this hangs


def _run(code: str) -> str:
    # A worker that an example began may still write there: nothing that it leaves is a violation.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_RUN_S,
            check=False,
        )
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def check(root: Path) -> list[str]:
    found = []
    for page in pages(root):
        text = page.read_text("utf-8")
        for block in _BLOCK.finditer(text):
            where = f"{show(root, page)}:{text[: block.start()].count(chr(10)) + 2}"
            try:
                compile(block[1], where, "exec")
            except SyntaxError as exc:
                found.append(f"{where}: not Python: {exc.msg} (its line {exc.lineno})")
                continue
            if block[1].startswith("# tested") and (problem := _run(block[1])):
                found.append(f"{where}: does not run: {problem}")
    return found
