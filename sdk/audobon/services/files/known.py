"""The files that the catalog knows, each beside what lies there now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Set

from audobon.model.asset import Root
from audobon.services.core.stores import Stores
from audobon.services.files.scan import Found, Unreadable, stat_file
from audobon.system.names import os_path

__all__ = ["Row", "known_files", "missing_rows"]

Row = tuple[int, int, int, str]
"""Key, size in bytes, mtime in ns and state of a known file."""


def known_files(
    stores: Stores, *, only: Set[int] | None = None
) -> Iterator[tuple[Root, str, Row, Found | Unreadable]]:
    """Every known file that is not removed: its root, path and row, and one stat of it.

    With ``only`` those of these keys.
    """
    for root in stores.roots():
        base = os_path(root.folder)
        for path, row in stores.catalog.scan(root.key).items():
            if row[3] != "removed" and (only is None or row[0] in only):
                yield root, path, row, stat_file(os.path.join(base, os_path(path)))


def missing_rows(stores: Stores) -> list[Row]:
    """The rows of all files that are known to be missing."""
    return [
        row
        for root in stores.roots()
        for row in stores.catalog.scan(root.key).values()
        if row[3] == "missing"
    ]
