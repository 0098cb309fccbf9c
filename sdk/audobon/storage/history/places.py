"""Which kind of place a history lies in: a bare git repository, or a database under a key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Invalid, Unavailable
from audobon.storage.history.door import create_repository
from audobon.storage.history.plain import PlainStore
from audobon.storage.history.store import Store

if TYPE_CHECKING:
    from audobon.storage.sqlite import Key

__all__ = ["make_store", "open_store"]

_SEALED = ("sealed.json", "history.db")
"""Either may be lost, and then it must not look as if there were none."""


def make_store(folder: Path, key: Key | None) -> None:
    """Make an empty place; it appears complete or not at all."""
    if key is None:
        create_repository(folder)
        return
    from audobon.storage.history.sealed import create_sealed

    create_sealed(folder, key)


def open_store(folder: Path, key: Key | None, *, read_only: bool) -> Store:
    """The place at ``folder``, of the kind that lies there; never one in clear for a key."""
    if key is None:
        if any((folder / name).is_file() for name in _SEALED):
            raise Unavailable(
                f"the history {folder} is encrypted, and no key was given", subject=str(folder)
            )
        return PlainStore(folder)
    if (folder / "HEAD").exists():
        what = f"the history {folder} is not encrypted: no key opens it"
        raise Invalid(what, subject=str(folder))
    from audobon.storage.history.sealed import SealedStore

    return SealedStore(folder, key, read_only=read_only)
