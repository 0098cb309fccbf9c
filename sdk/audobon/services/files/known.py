"""The files that the catalog knows, each beside what lies there now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Set

from audobon.codec.words import counted
from audobon.errors import AudobonError, Unavailable
from audobon.model.asset import Root
from audobon.services.core.stores import Stores
from audobon.services.files.scan import Found, Unreadable, stat_file
from audobon.system.names import os_path

__all__ = ["Row", "away_roots", "is_away", "known_files", "missing_rows"]

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


def is_away(stores: Stores, root: Root) -> bool:
    """Whether the disk of a root is gone: its folder is, or is an empty place to mount it."""
    folder = os_path(root.folder)
    try:
        with os.scandir(folder) as entries:
            if next(entries, None) is not None:
                return False
    except OSError:
        return True
    return any(row[3] == "present" for row in stores.catalog.scan(root.key).values())


def away_roots(stores: Stores) -> dict[int, tuple[str, AudobonError]]:
    """The roots whose disks are away, by their keys, each with its folder and what to say of it."""
    found: dict[int, tuple[str, AudobonError]] = {}
    for root in stores.roots():
        if not is_away(stores, root):
            continue
        count = sum(row[3] == "present" for row in stores.catalog.scan(root.key).values())
        if count:
            folder = os_path(root.folder)
            error = Unavailable(
                f"{folder} is away; {counted(count, 'file')} of it stay as they were known",
                subject=folder,
                hint="plug the disk in or mount the share; files that are gone for good are taken "
                "out with 'audobon remove', moved ones found with 'audobon relink'",
            )
            found[root.key] = (folder, error)
    return found


def missing_rows(stores: Stores) -> list[Row]:
    """The rows of all files that are known to be missing."""
    return [
        row
        for root in stores.roots()
        for row in stores.catalog.scan(root.key).values()
        if row[3] == "missing"
    ]
