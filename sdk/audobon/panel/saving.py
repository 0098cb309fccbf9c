"""New assets, new versions and copies of old ones: where they go, and the work on the library."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session import Session
    from audobon.session.doing import Report
    from audobon.session.state import State

__all__ = [
    "copy_of_version",
    "file_name",
    "free_path",
    "keep_again",
    "keep_file",
    "keep_made",
    "new_version",
    "room",
]

_UNWANTED = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
# What Windows refuses in names, so that a library can move there.
_PIECE = 1 << 20
# Bytes that are copied at once.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


def room(state: State | None, size: int = 0) -> str | None:
    """Where a host puts files that are to go into the library, or come out of it, for a moment.

    None for the system's temporary folder. Of an encrypted library it is a folder of this process
    that nobody else reads, in memory where there is room for ``size`` bytes (0: not known).
    OSError.
    """
    if state is None or not state.encrypted:
        return None
    from audobon.system.scratch import private_folder

    return str(private_folder(size))


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


def keep_file(
    session: Session,
    path: Path,
    *,
    tags: Sequence[str] = (),
    description: str = "",
    then: Callable[[str], None] | None = None,
) -> None:
    """A file that a host just wrote becomes an asset with these tags, and is chosen.

    ``then`` is told its id, in the thread that pumps the session.
    """
    made: list[str] = []

    def work(library: Library, report: Report) -> str:
        made.append(_added(library, path, tags, description, report))
        library.start_worker()
        session.choose(made[0])
        return f"{path.name} is in the library"

    session.do("Saving the asset", work, None if then is None else lambda: then(made[0]))


def keep_made(
    session: Session,
    made: Path,
    folder: Path,
    name: str,
    *,
    tags: Sequence[str] = (),
    description: str = "",
) -> None:
    """A file that a host just wrote aside becomes an asset in ``folder``, and is chosen.

    It is called ``name``, with a number where that is taken. The folder that
    ``made`` lies in is removed, whatever becomes of it.
    """

    def work(library: Library, report: Report) -> str:
        from audobon.services.pipelines.delivering import place_in

        try:
            with _told_of(folder):
                folder.mkdir(parents=True, exist_ok=True)
            path = place_in(made, folder, file_name(name))
        finally:
            shutil.rmtree(made.parent, ignore_errors=True)
        ident = _added(library, path, tags, description, report)
        library.start_worker()
        session.choose(ident)
        return f"{path.name} is in the library"

    session.do("Saving the asset", work)


def keep_again(
    session: Session,
    made: Path,
    ident: str,
    note: str,
    *,
    tags: Sequence[str] = (),
    description: str = "",
) -> None:
    """Put a file that a host just wrote aside in the place of an asset, as its new version.

    What lies there now is kept in a version before, so that nothing is lost.
    The asset keeps its id, its rating, its tags and its description unless
    another is told. The folder that ``made`` lies in is removed.
    """

    def work(library: Library, report: Report) -> str:
        from audobon.system.files import atomic_writer, mode_for

        try:
            asset = library.get(ident)
            path = Path(asset.file)
            if path.exists():
                library.add(path, cancel=report.cancelled)
                before = f"{path.name}, before: {note}"
                library.commit(before, progress=report.progress, cancel=report.cancelled)
            with _told_of(path), made.open("rb") as source:
                path.parent.mkdir(parents=True, exist_ok=True)
                with atomic_writer(path, mode=mode_for(path)) as target:
                    shutil.copyfileobj(source, target, _PIECE)
        finally:
            shutil.rmtree(made.parent, ignore_errors=True)
        _added(library, path, tags, description, report)
        library.commit(note, progress=report.progress)
        library.start_worker()
        session.choose(ident)
        return f"New version of {path.name}: {note}"

    session.do("Saving a new version", work)


@contextlib.contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """An operating system's error about ``path`` as one of ours, with what helps."""
    from audobon.system.files import translate_os_error

    try:
        yield
    except OSError as error:
        raise translate_os_error(error, path) from error


def _added(
    library: Library, path: Path, tags: Sequence[str], description: str, report: Report
) -> str:
    """The id of the file as an asset with these tags and that description."""
    done = library.add(path, tags=tags, cancel=report.cancelled)
    for _, error in done.failed:
        raise error
    asset = library.get(path)
    changes: dict[str, Any] = {}
    if set(tags) - set(asset.tags):
        changes["add_tags"] = tags
    if description and description != asset.note:
        changes["note"] = description
    if changes:
        library.edit(asset, label=f"save {path.name}", **changes)
    return asset.id


def new_version(session: Session, path: Path, note: str) -> None:
    """Commit the library with the file at ``path`` in it, which becomes an asset if it is none."""

    from audobon.session.unread import version_text, with_doubts

    def work(library: Library, report: Report) -> str:
        done = library.add(path, cancel=report.cancelled)
        for _, error in done.left_out:  # what is unread the version has, and says so
            raise error
        before = [version.id for version in library.log(limit=1)]
        version = library.commit(note, progress=report.progress, cancel=report.cancelled)
        library.start_worker()
        if version.id in before:
            skipped = len(version.stats.skipped)
            return with_doubts("Nothing has changed since the last version", skipped, ())
        return version_text(version, note)

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
