"""The library's catalogs and those of Blender's asset browser, kept in step both ways.

Blender has them in a file in the library's top folder. What both had when
they were last in step lies beside the library, so that it is known which side
has changed: a catalog that is new, moved or gone on one side becomes so on the other.
Where both have changed the same one, the library's path is taken. Without
that memory nothing is removed: both get what either has.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from audobon.codec.query_write import quoted
from audobon.errors import Busy, Conflict, Corrupt, Invalid, NotFound
from audobon.formats.asset_catalogs import NAME, CatalogEntry, CatalogFile, entry_for
from audobon.model.change import Edit
from audobon.services.core.stores import Stores
from audobon.services.finding.search import all_ids
from audobon.storage.catalog.names import clean_catalog
from audobon.system.files import mode_for, translate_os_error, write_atomic
from audobon.system.locks import FileLock
from audobon.system.names import fold

__all__ = ["Both", "InStep", "blender_ids", "bring_in_step", "catalogs_file", "plan"]

_TRIES = 5
# Blender writes this file when somebody edits a catalog there: twice in a row is rare.
_STEPS = 10_000
# Changes of the library in one go; each takes a millisecond.


@frozen(slots=True)
class InStep:
    """How many catalogs came into the library, and how many lines of the file were written."""

    read: int = 0
    written: int = 0


@frozen(slots=True)
class Both:
    """One catalog as both had it: the library's path and key, and the path in the file."""

    path: str
    file: str
    key: int = 0


@define
class Plan:
    """What is to be done. ``first`` is the one change of the library that is due now.

    It is ``(add, path)``, ``(move, from, to)`` or ``(remove, path)``; after it all is planned
    again, because moving a catalog moves those below it. ``put`` and ``drop`` are for the
    file, ``both`` is what holds once everything is done.
    """

    first: tuple[str, ...] = ()
    put: list[CatalogEntry] = field(factory=list)
    drop: set[str] = field(factory=set)
    both: dict[str, Both] = field(factory=dict)


def plan(
    memory: Mapping[str, Both],
    tree: Mapping[int, str],
    entries: Mapping[str, CatalogEntry],
    *,
    owner: str,
    whole: bool = True,
    pins: Mapping[str, int] | None = None,
) -> Plan:
    """Compare both sides with what they had; nothing is changed.

    ``tree`` has the library's catalogs by key, ``entries`` the file's by id.
    ``owner`` is the library's id. A file that is not ``whole``, as one that is
    gone, removes nothing from the library. ``pins`` are the keys of those both
    had, where they were found before some of the changes were made.
    """
    made = Plan()
    keys = {fold(path): key for key, path in tree.items()}
    above = {fold(path) for entry in entries.values() for path in _above(entry.path)}
    new = {fold(entry.path) for ident, entry in entries.items() if ident not in memory}
    if pins is None:
        pins = _found(memory, tree, keys)
    found = {ident: key for ident, key in pins.items() if key in tree}
    removals: list[str] = []
    for ident, was in sorted(memory.items(), key=lambda item: (item[1].path.count("/"), item[0])):
        key, there = found.get(ident), entries.get(ident)
        if key is None:
            if there is not None and there.path == was.file:
                made.drop.add(ident)
            continue  # one that was moved in the file meanwhile is a new one
        here = tree[key]
        if there is None and fold(here) in new:
            continue  # made again in the file under another id, which is taken over
        made.both[ident] = Both(here, here, key)
        if there is not None and there.path == here:
            continue
        if here != was.path:
            made.put.append(entry_for(ident, here))
        elif there is not None and (there.path == was.file or not _fits(there.path)):
            made.both[ident] = Both(here, there.path, key)
        elif there is not None:
            made.first = made.first or ("move", here, there.path)
        elif whole and fold(here) not in above:
            removals.append(here)
        else:
            made.put.append(entry_for(ident, here))
    if not made.first and removals:
        made.first = ("remove", max(removals, key=lambda path: path.count("/")))
    _new_in_file(made, entries, tree, keys)
    _new_in_library(made, entries, tree, owner)
    return made


def _found(
    memory: Mapping[str, Both], tree: Mapping[int, str], keys: Mapping[str, int]
) -> dict[str, int]:
    """The library's catalog of each remembered one: by its path, else by its key."""
    found: dict[str, int] = {}
    for ident, was in memory.items():
        key = keys.get(fold(was.path))
        if key is not None:
            found.setdefault(ident, key)
    taken = set(found.values())
    for ident, was in memory.items():
        # Keys are others once a catalog was built again from the history; paths are the same.
        if ident not in found and was.key in tree and was.key not in taken:
            found[ident] = was.key
            taken.add(was.key)
    return found


def _new_in_file(
    made: Plan,
    entries: Mapping[str, CatalogEntry],
    tree: Mapping[int, str],
    keys: Mapping[str, int],
) -> None:
    claimed = {both.key for both in made.both.values()}
    for ident, entry in sorted(entries.items(), key=lambda item: (item[1].path, item[0])):
        if ident in made.both or ident in made.drop or not _fits(entry.path):
            continue
        key = keys.get(fold(entry.path))
        if key is None:
            made.first = made.first or ("add", entry.path)
        elif key not in claimed:
            claimed.add(key)
            here = tree[key]
            made.both[ident] = Both(here, here, key)
            if entry.path != here:  # in another case, as ``a/X`` where there is an ``A``
                made.put.append(entry_for(ident, here))


def _new_in_library(
    made: Plan, entries: Mapping[str, CatalogEntry], tree: Mapping[int, str], owner: str
) -> None:
    claimed = {both.key for both in made.both.values()}
    for key, path in tree.items():
        if key in claimed:
            continue
        # Equal on every machine, and again when both the file and the memory are lost.
        ident = str(uuid.uuid5(uuid.UUID(owner), fold(path)))
        if ident in made.both or ident in entries:
            ident = str(uuid.uuid4())
        made.put.append(entry_for(ident, path))
        made.both[ident] = Both(path, path, key)


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _fits(path: str) -> bool:
    try:
        return clean_catalog(path) == path
    except Invalid:
        return False


def catalogs_file(stores: Stores) -> Path:
    """Where Blender looks for the catalogs of the library's folder."""
    return stores.place.folder / NAME


def bring_in_step(stores: Stores) -> InStep:
    """Make both sides the same. BadFile and Unsupported for a file that Blender would refuse.

    The file appears whole or not at all. When Blender writes it at the same
    moment, it is read again. Busy when somebody else does not end with it.
    """
    stores.need_writable("follow Blender's catalogs")
    with FileLock(stores.place.locks / "native-catalogs.lock"):
        for _ in range(_TRIES):
            done = _once(stores)
            if done is not None:
                return done
    path = str(catalogs_file(stores))
    raise Busy(f"{path} is written all the time", subject=path, hint="try again in a moment")


def blender_ids(stores: Stores) -> dict[str, str]:
    """The ids in Blender of the library's catalogs, by path, as they were last in step."""
    return {was.path: ident for ident, was in _remembered(stores).items()}


def _once(stores: Stores) -> InStep | None:
    """One try; None when the file has changed meanwhile."""
    path = catalogs_file(stores)
    data = _bytes(path)
    file = CatalogFile.read(data or b"")
    memory, entries, read = _remembered(stores), file.entries, 0
    seen: set[tuple[str, ...]] = set()
    # Found once: a path that is given up in one step may be another catalog's in the next.
    tree = stores.catalog.catalog_keys()
    pins = _found(memory, tree, {fold(path): key for key, path in tree.items()})
    for _ in range(_STEPS):
        made = plan(
            *(memory, stores.catalog.catalog_keys(), entries),
            owner=stores.place.id,
            whole=data is not None,
            pins=pins,
        )
        if not made.first:
            break
        if made.first in seen:  # both sides would go on for ever
            what = f"the catalog {made.first[1]!r} cannot be brought in step with Blender's"
            raise Conflict(what, subject=made.first[1], hint="rename it on one side")
        seen.add(made.first)
        _change(stores, made.first)
        read += 1
    if made.put or made.drop:
        if _bytes(path) != data:
            return None
        try:
            write_atomic(
                path, file.changed(put=made.put, drop=made.drop).bytes(), mode=mode_for(path)
            )
        except OSError as error:
            raise translate_os_error(error, path) from error
    if made.both != memory:
        _remember(stores, made.both)
    return InStep(read, len(made.put) + len(made.drop))


def _change(stores: Stores, change: tuple[str, ...]) -> None:
    what, path, *rest = change
    who: dict[str, Any] = {"author": stores.author, "now": stores.now()}
    catalog = stores.catalog
    if what == "add":
        catalog.create_catalog(path, **who)
    elif what == "remove":
        try:
            catalog.remove_catalog(path, **who)
        except Conflict:  # one below it has a namesake above: it moves where that is
            _empty(stores, path, path.rpartition("/")[0])
    else:
        _move(stores, path, rest[0], who)


def _move(stores: Stores, path: str, to: str, who: Mapping[str, Any]) -> None:
    catalog = stores.catalog
    parent, _, name = to.rpartition("/")
    try:
        if fold(path.rpartition("/")[0]) != fold(parent):
            catalog.move_catalog(path, parent or None, **who)
            old = path.rpartition("/")[2]
            path = f"{parent}/{old}" if parent else old
        if path != to:
            catalog.rename_catalog(path, name, **who)
    except (Conflict, Invalid, NotFound):
        # There is one of that name, or it would lie in itself: what is in it goes there.
        _empty(stores, path, to)


def _empty(stores: Stores, path: str, to: str) -> None:
    """Put the assets of a catalog into another, made where there is none, and remove it."""
    catalog = stores.catalog
    who: dict[str, Any] = {"author": stores.author, "now": stores.now()}
    for inner in sorted(catalog.catalog_keys().values(), key=len, reverse=True):
        if fold(inner) != fold(path) and not fold(inner).startswith(fold(path) + "/"):
            continue
        target = f"{to}{inner[len(path) :]}".strip("/")
        found = [
            ident
            for ident in all_ids(stores, f"in:{quoted(inner)}", sort=None, typing=False)
            if (asset := catalog.get(ident)) is not None
            and fold(asset.catalog or "") == fold(inner)
        ]
        if found:
            label = f"catalog {inner} to {target or 'none'}"
            catalog.edit(found, Edit(catalog=target or None), label=label, **who)
        if fold(target) != fold(inner):
            catalog.remove_catalog(inner, **who)


def _bytes(path: Path) -> bytes | None:
    """What stands in the file, None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise translate_os_error(error, path) from error


def _memory_file(stores: Stores) -> Path:
    return stores.place.state / "derived" / "native-catalogs.json"


def _remembered(stores: Stores) -> dict[str, Both]:
    """Empty where there is no memory, or none that can be read."""
    try:
        found = json.loads(stores.place.files.read(_memory_file(stores)))
        return {
            str(uuid.UUID(ident)): Both(str(path), str(file), int(key))
            for ident, (path, file, key) in found["catalogs"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, Corrupt):
        return {}


def _remember(stores: Stores, both: Mapping[str, Both]) -> None:
    rows = {ident: [was.path, was.file, was.key] for ident, was in sorted(both.items())}
    path = _memory_file(stores)
    try:
        path.parent.mkdir(exist_ok=True)
        data = json.dumps({"catalogs": rows}, indent=1).encode()
        stores.place.files.write(path, data, durable=False)
    except OSError as error:
        raise translate_os_error(error, path) from error
