"""A whole history once more, in a place of whichever kind."""

from __future__ import annotations

import contextlib
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Conflict, Corrupt
from audobon.storage.history.places import make_store, open_store
from audobon.storage.history.reach import reach
from audobon.storage.history.store import Store
from audobon.storage.history.trees import EMPTY_TREE, TREE
from audobon.system.files import free_name, sync_folder, translate_os_error

if TYPE_CHECKING:
    from audobon.storage.sqlite import Key

__all__ = ["Copying"]


class Copying:
    """Part of :class:`History`."""

    read_only: bool
    _store: Store

    if TYPE_CHECKING:

        def _writing(self) -> AbstractContextManager[None]: ...

    def copy_to(self, folder: Path, *, key: Key | None = None) -> None:
        """Write all versions and their names to a new history, under ``key`` or in clear.

        It appears complete or not at all; Conflict when something is there. Ids are the same. One
        in clear is a bare git repository. What no name leads to stays behind.
        """
        if folder.exists():
            raise Conflict(f"{folder} exists already", subject=str(folder))
        new = free_name(folder.parent)
        try:
            make_store(new, key)
            with contextlib.nullcontext() if self.read_only else self._writing():
                made = open_store(new, key, read_only=False)
                try:
                    _copy(self._store, made)
                    made.pack()
                finally:
                    made.close()
            new.rename(folder)
            sync_folder(folder.parent)
        except OSError as exc:
            raise translate_os_error(exc, folder) from exc
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _copy(source: Store, target: Store) -> None:
    """Give ``target``, which is empty, all that names of ``source`` lead to, and these names.

    Corrupt when something of it is missing or damaged. Whoever calls has kept names from moving.
    """
    found = reach(source, source.shallow(), cancel=lambda: False)
    with target.objects.bulk() as write:
        if source.objects.has(EMPTY_TREE):
            write(TREE, EMPTY_TREE, b"")
        for oid in sorted(found.objects):
            kind, data = source.objects.read(oid)
            write(kind, oid, data)
    target.reopen()
    for name in source.refs.names():
        named = source.refs.direct(name)
        if named is not None:  # not one that stands for another name, which git clients make
            target.refs.put(name, named)
    head = source.refs.head()
    if head is None:
        raise Corrupt("the history stands on no branch")
    target.refs.set_head(head)
    if shallow := source.shallow():
        target.set_shallow(shallow)
