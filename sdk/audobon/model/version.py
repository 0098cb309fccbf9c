"""Versions: what history holds, and the difference between two of them."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

__all__ = ["WORKING", "Diff", "DiffEntry", "FieldChange", "Pointer", "Version", "VersionStats"]

WORKING = "WORKING"
"""The revision name of the library as it is now, committed or not."""


@frozen(slots=True)
class Pointer:
    """What a Git LFS pointer says: the sha256 (hex) of the bytes and their number."""

    digest: str
    size: int


@frozen(slots=True)
class VersionStats:
    """Counts of assets against the first parent.

    ``stored`` is what the chunk store grew by, in bytes. ``skipped`` are files
    that could not be read when the version was made, as ``(path, error)``:
    they stand in it as they stood before. ``unread`` are paths of files that
    were saved since the first parent and whose header cannot be read: they
    stand in it as they were saved. All three are known to the maker only.
    """

    added: int = 0
    modified: int = 0
    removed: int = 0
    moved: int = 0
    stored: int = 0
    skipped: tuple[tuple[str, Exception], ...] = ()
    unread: tuple[str, ...] = ()


@frozen(slots=True)
class Version:
    """One commit. ``id`` is the full git hash; ``time`` is UTC."""

    id: str
    message: str
    author: str
    time: datetime
    parents: tuple[str, ...]
    stats: VersionStats = VersionStats()


@frozen(slots=True)
class FieldChange:
    """One metadata field before and after, as text; empty where it was not set."""

    name: str
    before: str
    after: str


@frozen(slots=True)
class DiffEntry:
    """One asset that differs.

    ``status`` is added, modified, removed or moved. ``old_path`` is set when
    the path differs. ``before`` and ``after`` point to the bytes, None where
    there are none; they are equal when only metadata changed.
    """

    asset_id: str
    path: str
    status: str
    old_path: str | None = None
    before: Pointer | None = None
    after: Pointer | None = None
    fields: tuple[FieldChange, ...] = ()

    @property
    def content_changed(self) -> bool:
        return self.before != self.after


@frozen(slots=True)
class Diff:
    """Everything that differs between two revisions, in the order of paths."""

    a: str
    b: str
    entries: tuple[DiffEntry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)
