"""What an import would do, as values: made first, looked at, then applied."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from attrs import frozen

__all__ = ["ImportPlan", "Imported", "PlannedFile", "PlannedVersion"]


@frozen(slots=True)
class PlannedFile:
    """One file of a version to be.

    ``path`` is relative to the plan's ``to``, in the stored form. ``source``
    is where its bytes are: a file's path, ``blob:`` and a git id, or empty
    for bytes that the chunk store has or that are nowhere (``missing``).
    ``digest`` is the sha256 where it is known before reading.
    """

    path: str
    source: str
    digest: str = ""
    missing: bool = False


@frozen(slots=True)
class PlannedVersion:
    """One version to be, with the files that it writes and the paths that it removes.

    ``origin`` names the commit that it comes from, empty where there is none.
    ``merged`` says that the commit was a merge: the version holds what the
    merge brought to its first parent.
    """

    message: str
    author: str
    email: str
    time: datetime
    writes: tuple[PlannedFile, ...]
    removes: tuple[str, ...] = ()
    origin: str = ""
    merged: bool = False


@frozen(slots=True)
class ImportPlan:
    """What an import would make, oldest version first.

    ``to`` is the folder in which the files of the newest version lie, or will
    lie: files that are not there yet are written only with ``writes_files``.
    ``left_out`` are ``(path, reason)`` pairs; ``conflicts`` are paths in
    ``to`` that hold other bytes than the newest version, which refuses the
    import.
    """

    source: Path
    kind: str
    to: Path
    versions: tuple[PlannedVersion, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[str, ...] = ()
    writes_files: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Paths, each once, of which some version's bytes are not to be had."""
        lacking = (file.path for v in self.versions for file in v.writes if file.missing)
        return tuple(dict.fromkeys(lacking))

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that some version has, each once, in order."""
        return tuple(sorted({file.path for v in self.versions for file in v.writes}))


@frozen(slots=True)
class Imported:
    """What an import made: ``versions`` of ``assets``; ``tip`` is the newest of them.

    ``joined`` is the version that took them into a history that had some
    already, empty where it had none. ``stored`` is what the store grew by, in
    bytes; ``written`` are the files that were put into the folder.
    """

    versions: int
    assets: int
    tip: str
    joined: str = ""
    stored: int = 0
    written: tuple[Path, ...] = ()
