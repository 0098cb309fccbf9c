"""New assets, new versions and copies of old ones: where they go, and the work on the library."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session import Session
    from audobon.session.doing import Report

__all__ = ["copy_of_version", "file_name", "free_path", "keep_file", "new_version"]

_UNWANTED = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
# What Windows refuses in names, so that a library can move there.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


def file_name(name: str) -> str:
    """A name that every system takes for a file; ``asset`` where nothing is left of it."""
    clean = _UNWANTED.sub(" ", name).strip(" .")[:100].strip()
    if not clean:
        return "asset"
    return f"{clean} asset" if _RESERVED.fullmatch(clean) else clean


def free_path(folder: Path, name: str, suffix: str) -> Path:
    """A path in ``folder`` at which nothing lies: the name, or the name with a number."""
    path = folder / f"{name}{suffix}"
    number = 2
    while path.exists():
        path = folder / f"{name} {number}{suffix}"
        number += 1
    return path


def keep_file(session: Session, path: Path, *, tags: Sequence[str] = ()) -> None:
    """A file that a host just wrote becomes an asset with these tags, and is chosen."""

    def work(library: Library, report: Report) -> str:
        done = library.add(path, tags=tags, cancel=report.cancelled)
        for _, error in done.failed:
            raise error
        library.start_worker()
        session.choose(library.get(path).id)
        return f"{path.name} is in the library"

    session.do("Saving the asset", work)


def new_version(session: Session, path: Path, note: str) -> None:
    """Commit the library with the file at ``path`` in it, which becomes an asset if it is none."""

    def work(library: Library, report: Report) -> str:
        done = library.add(path, cancel=report.cancelled)
        for _, error in done.failed:
            raise error
        before = [version.id for version in library.log(limit=1)]
        version = library.commit(note, progress=report.progress, cancel=report.cancelled)
        library.start_worker()
        if version.id in before:
            return "Nothing has changed since the last version"
        skipped = len(version.stats.skipped)
        left = f"; {skipped} files could not be read" if skipped else ""
        return f"New version: {note}{left}"

    session.do("Making a version", work)


def copy_of_version(
    session: Session, ident: str, revision: str, then: Callable[[Path], None] | None = None
) -> None:
    """Write an old version beside the present file, under a name of its own.

    ``then`` is given its path, in the thread that pumps the session.
    """
    written: list[Path] = []

    def work(library: Library, _report: Report) -> str:
        asset = library.get(ident)
        present = Path(asset.file)
        target = free_path(present.parent, f"{present.stem} {revision[:8]}", present.suffix)
        done = library.restore(asset, revision, target)
        written.append(done.path)
        return f"Restored as {done.path.name}"

    def follow() -> None:
        if then is not None:
            then(written[0])

    session.do("Restoring a copy", work, follow)
