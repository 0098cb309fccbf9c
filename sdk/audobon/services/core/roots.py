"""Which root a file or folder belongs to; new roots are made as they are needed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from audobon.model.asset import Root
from audobon.services.core.place import write_library_file
from audobon.services.core.stores import Stores
from audobon.system.locks import FileLock
from audobon.system.names import os_path, text_path

__all__ = ["RootBook", "free_root_name", "need_roots", "own_root", "owner_of"]


def owner_of(text: str, roots: Mapping[str, Root]) -> Root | None:
    """The deepest of ``roots`` (by folder) that holds the stored path ``text``."""
    here = text
    while True:
        root = roots.get(here)
        if root is not None:
            return root
        parent = here.rpartition("/")[0]
        if parent == here:
            return roots.get("/")
        here = parent


class RootBook:
    """The roots of a library, by folder. The deepest root that holds a path owns it."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._by_folder = {root.folder: root for root in stores.roots()}

    def for_folder(self, folder: str) -> tuple[Root, str]:
        """The root of a folder (made if none holds it) and its path in it, "" at the top."""
        text = text_path(folder)
        root = owner_of(text, self._by_folder) or self._add(text)
        return root, text[len(root.folder.rstrip("/")) + 1 :]

    def for_file(self, path: str) -> tuple[Root, str]:
        """The root of a file and its path in it. A lone file's folder becomes a root."""
        text = text_path(path)
        root = owner_of(text, self._by_folder) or self._add(text.rpartition("/")[0] or "/")
        return root, text[len(root.folder.rstrip("/")) + 1 :]

    def inner(self, folder: str) -> tuple[str, ...]:
        """Folders of other roots below ``folder``, as the operating system names them."""
        start = text_path(folder).rstrip("/") + "/"
        return tuple(os_path(other) for other in sorted(self._by_folder) if other.startswith(start))

    def _add(self, folder: str) -> Root:
        stores = self._stores
        # Two processes that add roots at once would collide in the name, or
        # write the file without each other's.
        with FileLock(stores.place.locks / "create.lock"):
            self._by_folder = {root.folder: root for root in stores.roots()}
            root = owner_of(folder, self._by_folder)
            if root is None:
                root = stores.catalog.add_root(self._free_name(folder), folder)
                self._by_folder[folder] = root
                write_library_file(stores.place, stores.roots())
        return root

    def _free_name(self, folder: str) -> str:
        return free_root_name(folder, {root.name for root in self._by_folder.values()})


def free_root_name(folder: str, taken: set[str]) -> str:
    """A name for the tree of the history: the folder's own, made safe for git and unique."""
    base = re.sub(r"[\x00-\x1f\x7f/\\:]+", "-", os.path.basename(folder.rstrip("/"))).strip(". ")
    if not base or base.lower() in {".git", "git~1", ".audobon"}:
        base = "root"
    name, number = base, 2
    while name.casefold() in {other.casefold() for other in taken}:
        name, number = f"{base}-{number}", number + 1
    return name


def own_root(stores: Stores) -> str:
    """The name of the root that is the library's own folder: the first that it got."""
    return min(stores.roots(), key=lambda root: root.key).name


def need_roots(stores: Stores, names: Iterable[str]) -> None:
    """Have a root for each of ``names``, as versions of another machine have them.

    One that this machine has no folder for becomes a folder of its name in the library.
    """
    known = {root.name for root in stores.roots()}
    lacking = [name for name in names if name not in known]
    if not lacking:
        return
    here = text_path(str(stores.place.folder))
    with FileLock(stores.place.locks / "create.lock"):
        taken = {root.folder for root in stores.roots()}
        for name in lacking:
            folder = f"{here}/{name}"
            while folder in taken:
                folder += "-2"
            stores.catalog.add_root(name, folder)
            taken.add(folder)
        write_library_file(stores.place, stores.roots())
