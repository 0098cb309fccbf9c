# SPDX-License-Identifier: GPL-3.0-or-later
"""The open document as an asset: its versions, and itself as a new asset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session import Session

__all__ = ["copy_of_version", "inside", "keep", "new_version", "place", "saved_folder"]

_FOLDER = "Saved"


def new_version(session: Session, path: str, note: str) -> None:
    """Keep the document's file, which was just saved, as a version of the library."""
    from audobon.panel.saving import new_version as keep_version

    keep_version(session, Path(path), note.strip() or f"Saved {Path(path).name} in Krita")


def place(session: Session, name: str) -> Path:
    """Where a document that becomes an asset is to be written; the folder is made."""
    from audobon.panel.saving import file_name, free_path

    folder = saved_folder(session)
    folder.mkdir(parents=True, exist_ok=True)
    return free_path(folder, file_name(name), ".kra")


def saved_folder(session: Session) -> Path:
    """Where new assets go, in the library's own folder."""
    return Path(session.state.path) / _FOLDER


def keep(
    session: Session,
    path: Path,
    typed: str,
    description: str = "",
    then: Callable[[str], None] | None = None,
) -> None:
    """A file that was just written becomes an asset with the tags that were typed.

    ``then`` is told its id, in Krita's own thread.
    """
    from audobon.panel.saving import keep_file
    from audobon.panel.words import tags_of

    tags = tags_of(typed)
    keep_file(session, path, tags=tags, description=description.strip(), then=then)


def copy_of_version(
    session: Session, ident: str, revision: str, then: Callable[[Path], None]
) -> None:
    """Write an old version beside the present file; ``then`` is given its path."""
    from audobon.panel.saving import copy_of_version as write

    write(session, ident, revision, then)


def inside(session: Session, path: str) -> bool:
    """Whether a file lies in the library's own folder."""
    return bool(path) and Path(path).is_relative_to(session.state.path)
