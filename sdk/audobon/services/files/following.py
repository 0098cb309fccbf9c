"""Which folders are followed (their new files become assets), and what is switched off."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from audobon.errors import Invalid
from audobon.model.asset import Root
from audobon.services.core.indexed import LANGUAGES
from audobon.services.core.place import Settings, read_settings, write_library_file
from audobon.services.core.roots import owner_of
from audobon.services.core.stores import Stores
from audobon.services.files.scan import is_ignored, is_place
from audobon.system.locks import FileLock
from audobon.system.names import os_path, text_path
from audobon.system.variables import switched_off

__all__ = ["Followed", "follow", "followed", "is_on", "switch"]

_SWITCHES = (LANGUAGES, "metrics", "usage", "watch")


@frozen(slots=True)
class Followed:
    """Folders by their full paths as the operating system has them, none below another."""

    folders: tuple[str, ...]
    state: str

    def holds(self, path: str) -> bool:
        """Whether ``path`` lies in one of them, and no folder on the way is left out by scans."""
        here = path
        while here not in self.folders:
            parent, name = os.path.split(here)
            if parent == here or here == self.state:
                return False
            if here != path and (_left_out(name) or is_place(here)):
                return False
            here = parent
        return True


def _left_out(name: str) -> bool:
    return is_ignored(name, folder=True)


def is_on(stores: Stores, what: str) -> bool:
    """Whether one of ``_SWITCHES`` is on: until somebody says otherwise.

    Said for the library (:func:`switch`), or for this process by ``AUDOBON_WATCH=off``.
    """
    return not switched_off(what) and what not in read_settings(stores.place).off


def switch(stores: Stores, what: str, *, on: bool) -> None:
    """Switch one of them on or off for this library, for every program and for good."""
    if what not in _SWITCHES:
        raise Invalid(f"there is no switch {what!r}; there are {', '.join(_SWITCHES)}")
    stores.need_writable(f"switch {what} {'on' if on else 'off'}")
    with FileLock(stores.place.locks / "create.lock"):
        now = read_settings(stores.place)
        off = now.off - {what} if on else now.off | {what}
        if off != now.off:
            write_library_file(stores.place, stores.roots(), evolve(now, off=off))


def followed(stores: Stores) -> Followed:
    """The followed folders of this library as they are now."""
    settings = read_settings(stores.place)
    full = [folder for root in stores.roots() for folder in _full(root, settings)]
    return Followed(_outermost(full), str(stores.place.state))


def _full(root: Root, settings: Settings) -> Iterable[str]:
    base = os_path(root.folder)
    for part in settings.follow.get(root.name, ()):
        yield base if part == "." else os.path.join(base, os_path(part))


def _outermost(folders: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for folder in sorted(set(folders)):
        if not any(_is_below(folder, other) for other in found):
            found.append(folder)
    return tuple(found)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def follow(stores: Stores, folders: Sequence[str]) -> None:
    """From now on new files below these folders become assets. They lie in roots already."""
    known = followed(stores)
    new = [folder for folder in folders if not any(_is_below(folder, f) for f in known.folders)]
    if not new:
        return
    with FileLock(stores.place.locks / "create.lock"):
        roots = {root.folder: root for root in stores.roots()}
        settings = read_settings(stores.place)
        follows = {name: set(parts) for name, parts in settings.follow.items()}
        for folder in new:
            text = text_path(folder)
            root = owner_of(text, roots)
            if root is not None:
                part = text[len(root.folder.rstrip("/")) + 1 :] or "."
                follows.setdefault(root.name, set()).add(part)
        told = {name: _plain(parts) for name, parts in follows.items()}
        write_library_file(stores.place, roots.values(), evolve(settings, follow=told))


def _plain(parts: set[str]) -> tuple[str, ...]:
    return (".",) if "." in parts else _outermost(parts)
