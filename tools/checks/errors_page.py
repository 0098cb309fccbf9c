"""``docs/errors.md`` has one section per error code, with cause and remedy, and no other."""

from __future__ import annotations

import ast
from pathlib import Path

from checks.source import headings

__all__ = ["check", "declared"]

_PAGE = "docs/errors.md"
_BASE = "AudobonError"


def declared(tree: ast.Module) -> dict[str, tuple[int, str]]:
    """Each error class of ``errors.py`` with its code and slug; the base is never raised."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name != _BASE:
            values = {
                target.id: item.value.value
                for item in node.body
                if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
                for target in item.targets
                if isinstance(target, ast.Name)
            }
            if isinstance(code := values.get("code"), int):
                found[node.name] = (code, str(values.get("slug", "")))
    return found


def check(root: Path) -> list[str]:
    source = root / "sdk" / "audobon" / "errors.py"
    page = root / _PAGE
    classes = declared(ast.parse(source.read_text("utf-8"))) if source.exists() else {}
    wanted = {f"{code} {slug}": name for name, (code, slug) in classes.items()}
    text = page.read_text("utf-8") if page.exists() else ""
    sections = {h.text: h for h in headings(text) if h.text[:1].isdigit()}
    found = [f"{_PAGE}: no section '## {title}'" for title in wanted if title not in sections]
    for title, heading in sections.items():
        body = "\n".join(heading.body)
        if title not in wanted:
            found.append(f"{_PAGE}:{heading.line}: no error is called '{title}'")
            continue
        # Exit statuses are numbers, so the anchor is the bare number as well.
        anchor = f'<a id="{title.partition(" ")[0]}"></a>'
        parts = (anchor, f"`{wanted[title]}`", "**Cause.**", "**What to do.**")
        found += [f"{_PAGE}:{heading.line}: '{title}' lacks {p}" for p in parts if p not in body]
    codes = [code for code, _ in classes.values()]
    found += [
        f"errors.py: code {c} is used twice" for c in sorted(set(codes)) if codes.count(c) > 1
    ]
    return found
