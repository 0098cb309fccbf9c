# SPDX-License-Identifier: GPL-3.0-or-later
"""New assets, new versions and copies of old ones: where they go, and the work on the library."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .portraits import Finished, Raw, finish

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session import Session, State
    from audobon.session.doing import Report

__all__ = [
    "Told",
    "catalog_id",
    "copy_of_version",
    "file_name",
    "free_path",
    "new_version",
    "room",
    "save_again",
    "save_part",
]

_LARGE = 2 << 30
# Bytes that a scene may take which is saved; how many it takes nobody knows before.


def file_name(name: str) -> str:
    """A name that every system takes for a file; ``asset`` where nothing is left of it."""
    from audobon.panel import saving

    return saving.file_name(name)


def room(state: State | None) -> str | None:
    """The folder for what is written for a moment, None for the system's. OSError."""
    from audobon.panel import saving

    return saving.room(state, _LARGE)


def free_path(folder: Path, name: str, suffix: str) -> Path:
    """A path in ``folder`` at which nothing lies: the name, or the name with a number."""
    from audobon.panel import saving

    return saving.free_path(folder, name, suffix)


@dataclass(frozen=True)
class Told:
    """What a person says of a new asset. Empty means nothing is said."""

    tags: tuple[str, ...] = ()
    catalog: str = ""
    description: str = ""
    author: str = ""
    license: str = ""
    copyright: str = ""


def save_part(session: Session, command: Sequence[str], raw: Raw, folder: Path, told: Told) -> None:
    """Make an asset in ``folder`` of a file that Blender just wrote, with a picture, and show it.

    ``raw.path`` lies in a folder of its own, which is removed.
    """

    def work(library: Library, report: Report) -> str:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = free_path(folder, raw.path.stem, raw.path.suffix)
            done = _finish(library, command, raw, path, told, report)
        finally:
            shutil.rmtree(raw.path.parent, ignore_errors=True)
        _add(library, path, told, report)
        library.start_worker()
        session.choose(library.get(path).id)
        return f"{path.name} is in the library{_but(done)}"

    session.do("Saving the asset", work)


def save_again(
    session: Session, command: Sequence[str], raw: Raw, ident: str, note: str, told: Told
) -> None:
    """Put a file that Blender just wrote in the place of an asset, as its new version.

    What lies there now is kept in a version before, so that nothing is lost.
    The asset keeps its id, its rating and its catalog unless another is told.
    """

    def work(library: Library, report: Report) -> str:
        try:
            asset = library.get(ident)
            path = Path(asset.file)
            whole = replace(
                told,
                catalog=told.catalog or asset.catalog or "",
                tags=tuple(dict.fromkeys((*asset.tags, *told.tags))),
                description=told.description or asset.note,
            )
            before = f"{path.name}, before: {note}"
            library.commit(before, progress=report.progress, cancel=report.cancelled)
            done = _finish(library, command, raw, path, whole, report)
        finally:
            shutil.rmtree(raw.path.parent, ignore_errors=True)
        _add(library, path, whole, report)
        library.commit(note, progress=report.progress)
        library.start_worker()
        session.choose(ident)
        return f"New version of {path.name}: {note}{_but(done)}"

    session.do("Saving a new version", work)


def _finish(
    library: Library, command: Sequence[str], raw: Raw, path: Path, told: Told, report: Report
) -> Finished:
    meta: dict[str, object] = {"tags": told.tags, "description": told.description}
    meta |= {"author": told.author, "license": told.license, "copyright": told.copyright}
    meta["catalog_id"] = catalog_id(library, told.catalog) if told.catalog else ""
    return finish(command, replace(raw, meta=meta), path, cancelled=report.cancelled)


def catalog_id(library: Library, path: str) -> str:
    """The id of a catalog in Blender's own browser; both get the catalog where it is missing."""
    known = {info.path.casefold(): info.path for info in library.catalogs.list()}
    if path.casefold() not in known:
        library.catalogs.add(path)
    library.catalogs.bring_in_step()
    ids = {name.casefold(): ident for name, ident in library.catalogs.blender_ids().items()}
    return ids.get(path.casefold(), "")


def _add(library: Library, path: Path, told: Told, report: Report) -> None:
    done = library.add(path, tags=told.tags, cancel=report.cancelled)
    for _, error in done.failed:
        raise error
    words = {"author": told.author, "license": told.license, "copyright": told.copyright}
    changes: dict[str, Any] = {"attributes": {name: word for name, word in words.items() if word}}
    changes |= {"catalog": told.catalog} if told.catalog else {}
    changes |= {"note": told.description} if told.description else {}
    library.edit(library.get(path), add_tags=told.tags, label=f"save {path.name}", **changes)


def _but(done: Finished) -> str:
    """What a person should know beside that it went well."""
    parts = [f"without a preview: {done.reason}"] if done.reason else []
    if done.missing:
        names = ", ".join(sorted(map(_last, done.missing))[:3])
        parts.append(f"{len(done.missing)} files that it uses are missing: {names}")
    if done.links:
        parts.append(f"it stays linked to {', '.join(sorted(map(_last, done.links))[:3])}")
    return "".join(f", {part}" for part in parts)


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2] or path


def new_version(session: Session, path: Path, note: str) -> None:
    """Commit the library with the open file in it; the file becomes an asset if it is none."""
    from audobon.panel import saving

    saving.new_version(session, path, note)


def copy_of_version(session: Session, ident: str, revision: str) -> None:
    """Write an old version beside the present file, under a name of its own."""
    from audobon.panel import saving

    saving.copy_of_version(session, ident, revision)
