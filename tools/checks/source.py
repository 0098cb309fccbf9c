"""Reading a source tree for the checks."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Heading", "headings", "pages", "python_files", "show", "slug", "trees"]

_FENCE = re.compile(r"^(```|~~~)")
_HEADING = re.compile(r"^(#+)\s+(.*?)\s*#*\s*$")


class Heading:
    """A heading of a Markdown page: its depth (1 to 6), text, line number and own lines."""

    def __init__(self, depth: int, text: str, line: int) -> None:
        self.depth = depth
        self.text = text
        self.line = line
        self.body: list[str] = []


def show(root: Path, path: Path) -> str:
    """``path`` as it is told to people: relative to ``root``, with ``/``."""
    return path.relative_to(root).as_posix()


def python_files(root: Path, *folders: str) -> list[Path]:
    """All Python files under the given folders of ``root``, sorted; missing folders have none."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


def trees(root: Path, *folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Each Python file with its syntax tree; one that does not parse is ruff's to report."""
    for path in python_files(root, *folders):
        with contextlib.suppress(SyntaxError):
            yield path, ast.parse(path.read_text("utf-8"), str(path))


def pages(root: Path) -> list[Path]:
    """The pages of documentation, sorted."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def headings(text: str) -> list[Heading]:
    """The headings of a page in order; code blocks hold none."""
    found: list[Heading] = []
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        fenced ^= bool(_FENCE.match(line.lstrip()))
        match = None if fenced else _HEADING.match(line)
        if match:
            found.append(Heading(len(match[1]), match[2], number))
        elif found:
            found[-1].body.append(line)
    return found


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.strip().replace(" ", "-")
