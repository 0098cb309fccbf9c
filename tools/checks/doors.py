"""Who may print, read the environment, and know a host.

- Only ``cli`` prints: a library that prints talks into a host's terminal.
- Only ``cli`` and ``system`` read the environment: elsewhere a setting is an argument.
- Nothing under ``sdk`` imports bpy, krita or Qt, and neither does an add-on's ``logic``
  (Qt and the host are what ``host`` and ``ui`` are for).
- Connections of SQLite are made in one module, which gives them their key: one that is made
  elsewhere would write an encrypted library in clear.

Imports are seen wherever they stand, also inside functions and TYPE_CHECKING.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from checks.source import show, trees

__all__ = ["HOSTS", "check", "imported"]

HOSTS = {
    *("bpy", "bmesh", "mathutils", "blf", "gpu", "gpu_extras"),
    *("krita", "PyKrita", "PyQt5", "PyQt6", "PySide2", "PySide6"),
}
_CONNECTING = ("sdk", "audobon", "storage", "sqlite", "opening.py")
_ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def imported(node: ast.AST) -> list[str]:
    """The modules that an import statement names in full; relative ones are left out."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in _ENVIRONMENT for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in _ENVIRONMENT
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def _connects(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "apsw" and any(alias.name == "Connection" for alias in node.names)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "Connection"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "apsw"
    )


def _prints(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )


def _violations(parts: tuple[str, ...], node: ast.AST) -> Iterator[str]:
    hosts = [name for name in imported(node) if name.partition(".")[0] in HOSTS]
    sdk = parts[0] == "sdk"
    room = parts[2] if sdk and len(parts) > 2 else ""
    if hosts and (sdk or "logic" in parts):
        yield f"imports the host: {hosts[0]}"
    if sdk and room != "cli" and _prints(node):
        yield "prints; only cli does"
    if sdk and room not in ("cli", "system") and _reads_environment(node):
        yield "reads the environment; only cli and system do"
    if sdk and parts != _CONNECTING and _connects(node):
        yield f"makes a connection; only {'/'.join(_CONNECTING[2:])} does"


def check(root: Path) -> list[str]:
    found = []
    for path, tree in trees(root, "sdk", "addons"):
        parts = path.relative_to(root).parts
        for node in ast.walk(tree):
            line = getattr(node, "lineno", 0)
            found += [f"{show(root, path)}:{line}: {what}" for what in _violations(parts, node)]
    return found
