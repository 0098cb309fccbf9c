"""What lies in a folder, to prove that nothing there was changed."""

from __future__ import annotations

from pathlib import Path

__all__ = ["tree"]


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file outside a library's state: its bytes and its mtime in ns, by relative path."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".audobon" not in path.parts
    }
