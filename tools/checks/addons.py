"""What keeps an add-on thin, so that a host never waits for it and never dies of it.

- Only ``host`` imports the host (bpy, krita, Qt), so that what differs by version is in one place.
- ``host`` and ``ui`` use the SDK through ``logic``; its names are there for types only.
- Nothing happens at import: a module has no call as a statement of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from checks.doors import HOSTS, imported
from checks.source import show, trees

__all__ = ["check"]

_SCRIPTS = {"portrait.py", "shrinking.py"}
# Run by a host of their own, so they have a call at their end like any script.


def _is_typing(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def _run_time(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node but those below ``if TYPE_CHECKING``."""
    for node in tree.body:
        if not _is_typing(node):
            yield from ast.walk(node)


def _violations(path: Path, parts: tuple[str, ...], tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in _run_time(tree):
        tops = [name.partition(".")[0] for name in imported(node)]
        line = getattr(node, "lineno", 1)
        if HOSTS.intersection(tops) and "host" not in parts:
            yield line, "imports the host; only host does"
        if "audobon" in tops and "logic" not in parts:
            yield line, "uses the SDK by itself; only logic does"
    for statement in tree.body:
        value = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(value, ast.Call) and path.name not in _SCRIPTS:
            yield statement.lineno, "does something at import"


def check(root: Path) -> list[str]:
    found = []
    for path, tree in trees(root, "addons"):
        parts = path.relative_to(root).parts
        name = show(root, path)
        found += [f"{name}:{line}: {text}" for line, text in _violations(path, parts, tree)]
    return found
