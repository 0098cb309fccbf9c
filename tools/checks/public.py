"""What is public is documented.

- Every module of the SDK says in its docstring what it is for.
- Every class and function named in a module's ``__all__`` has a docstring, unless it is so
  small that its name says all.
- Every name of ``audobon.__all__`` stands in ``docs/python.md``.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from checks.source import show, trees

__all__ = ["check", "names_of"]

_PAGE = "docs/python.md"
_SMALL = 6  # lines, signature included: longer ones have more to promise than a name can hold
_Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def names_of(tree: ast.Module) -> list[str]:
    """The literal ``__all__`` of a module; empty without one."""
    for node in tree.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            value = getattr(node, "value", None)
            if isinstance(value, ast.List | ast.Tuple):
                return [
                    item.value
                    for item in value.elts
                    if isinstance(item, ast.Constant) and isinstance(item.value, str)
                ]
    return []


def _owes_docstring(node: _Named) -> bool:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    return lines > _SMALL and not ast.get_docstring(node)


def check(root: Path) -> list[str]:
    found = []
    for path, tree in trees(root, "sdk"):
        name = show(root, path)
        if tree.body and not ast.get_docstring(tree):
            found.append(f"{name}:1: the module does not say what it is for (docstring)")
        public = set(names_of(tree))
        found += [
            f"{name}:{node.lineno}: {node.name} is public and has no docstring"
            for node in tree.body
            if isinstance(node, _Named) and node.name in public and _owes_docstring(node)
        ]
    return found + _page(root)


def _page(root: Path) -> list[str]:
    package = root / "sdk" / "audobon" / "__init__.py"
    public = names_of(ast.parse(package.read_text("utf-8"))) if package.exists() else []
    page = root / _PAGE
    text = page.read_text("utf-8") if page.exists() else ""
    # In code: `Library`, `lib = audobon.Library.create(...)`; a word in prose is not enough.
    code = " ".join(re.findall(r"`[^`]+`|^ {4}.*$|^```.*?^```", text, re.M | re.S))
    return [
        f"{_PAGE}: audobon.{name} is public and not documented"
        for name in public
        if not re.search(rf"\b{re.escape(name)}\b", code)
    ]
