"""Links inside the documentation lead somewhere: the file exists, and so does the anchor."""

from __future__ import annotations

import re
from pathlib import Path

from checks.source import headings, pages, show, slug

__all__ = ["check"]

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.M | re.S)
_ANCHOR = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")


def _anchors(path: Path) -> set[str]:
    text = path.read_text("utf-8")
    return {slug(heading.text) for heading in headings(text)} | set(_ANCHOR.findall(text))


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def check(root: Path) -> list[str]:
    found = []
    for page in pages(root):
        text = _CODE.sub(_blank, page.read_text("utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            for target in _LINK.findall(line):
                if re.match(r"[a-z]+:", target):  # another site, or mail: not ours to keep
                    continue
                name, _, anchor = target.partition("#")
                path = (page.parent / name).resolve() if name else page
                where = f"{show(root, page)}:{number}"
                if not path.exists():
                    found.append(f"{where}: {target} leads nowhere")
                elif anchor and path.suffix == ".md" and anchor not in _anchors(path):
                    found.append(f"{where}: {target}: the page has no such heading")
    return found
