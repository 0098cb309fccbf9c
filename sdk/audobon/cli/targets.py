"""Which files a verb may write: those that somebody names, but never over what a library keeps."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from audobon.errors import AudobonError, Conflict, Invalid
from audobon.library import Library

__all__ = ["need_own"]


def need_own(library: Library, target: str | os.PathLike[str], formats: Collection[str]) -> None:
    """Conflict where ``target`` is an asset's file, Invalid where it lies in the library's state.

    An asset of one of ``formats`` is what an earlier run has written, and watching has taken in.
    """
    path = Path(os.path.abspath(target))
    if path.resolve().is_relative_to(library.state_path.resolve()):
        raise Invalid(
            f"{path} belongs to the library's own state, and nothing else is written there",
            subject=str(path),
            hint="name a file outside of it",
        )
    if not os.path.lexists(path):
        return
    try:
        asset = library.get(path)
    except AudobonError:
        return
    if asset.format not in formats:
        raise Conflict(
            f"{path} is an asset, and its file is not written over",
            subject=str(path),
            hint="name another file",
        )
