"""Advisory locks: who has which asset open, and where.

One small file for each lock, in ``lock/assets/`` of the library's state: it
outlives a catalog that is rebuilt, and a share or a remote can carry it. A
lock names its holder, a file in ``lock/holders/`` that the holding process
keeps locked with the operating system. On the machine where it was taken a
lock is over the moment that process ends, however it ends; on any other
machine nobody can know, so there it is over when its lease is.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.codec.plain import from_plain, to_plain
from audobon.codec.words import one_line
from audobon.errors import AudobonError, Conflict, Invalid
from audobon.model.asset import Asset
from audobon.model.lock import BrokenLock, Lock
from audobon.services.core import brokenlocks
from audobon.services.core.place import Place
from audobon.services.core.stores import Stores
from audobon.system.files import translate_os_error, write_atomic
from audobon.system.folders import data_folder, make_own
from audobon.system.locks import FileLock, is_held

__all__ = [
    "LEASE",
    "broken_locks",
    "clock",
    "described",
    "lock",
    "lock_files",
    "lock_of",
    "lock_path",
    "locks",
    "take_over",
    "unlock",
]

LEASE = timedelta(hours=12)
"""A working day: a machine that was switched off blocks nobody the next morning."""

_LONGEST = timedelta(days=366)
_KNOWN_HERE = ("mine", "here", "carried")
# What is told of a lock by who looks: no part of its file.
_TOKEN = re.compile(r"[0-9a-f]{32}")
_ASSET = re.compile(r"[0-9a-z-]{4,64}")


def lock(stores: Stores, asset: Asset, *, program: str, lease: timedelta, keep: bool) -> Lock:
    """See ``Library.lock``."""
    stores.need_writable("lock assets")
    if not timedelta(0) < lease <= _LONGEST:
        raise Invalid(f"a lease of {lease} is not allowed; it is above zero and at most a year")
    now = stores.now()
    with _exclusive(stores):
        found = _read(stores, _path(stores, asset.id), now)
        if found is not None and not found.mine:
            raise Conflict(
                f"{asset.path} is {described(found)}",
                subject=asset.path,
                hint="ask them, or take the lock away with 'audobon unlock --force'",
            )
        made = Lock(
            asset_id=asset.id,
            path=f"{asset.root}/{asset.path}",
            author=stores.author,
            machine=socket.gethostname() or "this machine",
            program=program,
            since=found.since if found is not None else now,
            until=now + lease,
            kept=keep,
        )
        if found is not None and found.kept and not keep:
            # A host that has the file open renews it, and must not end it by that.
            made = evolve(made, kept=True, until=max(found.until, made.until))
        data = {
            **to_plain(made),
            "holder": "" if made.kept else _holder(stores),
            "machine_id": machine_id(),
        }
        for name in _KNOWN_HERE:
            del data[name]
        text = json.dumps(data, indent=2) + "\n"
        stores.place.files.write(_path(stores, asset.id), text.encode())
        brokenlocks.acknowledge(stores, asset.id, machine_id())
    return evolve(made, mine=True, here=True)


def unlock(stores: Stores, asset: Asset, *, force: bool) -> bool:
    """See ``Library.unlock``."""
    stores.need_writable("unlock assets")
    with _exclusive(stores):
        path = _path(stores, asset.id)
        found = _read(stores, path, stores.now())
        if found is not None and not found.mine and not force:
            raise Conflict(
                f"{asset.path} is locked by {found.author.partition(' <')[0]} on {found.machine}",
                subject=asset.path,
                hint="only --force (force=True) takes away another's lock",
            )
        if found is not None and not found.mine:
            brokenlocks.note(stores, found, _data(stores, path))
        else:
            brokenlocks.acknowledge(stores, asset.id, machine_id())
        _remove(path)
    return found is not None


def broken_locks(stores: Stores) -> tuple[BrokenLock, ...]:
    """See ``Library.broken_locks``."""
    return brokenlocks.read(stores, machine_id())


def _data(stores: Stores, path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, TypeError, AudobonError):
        return {**json.loads(stores.place.files.read(path))}
    return {}


def locks(stores: Stores) -> tuple[Lock, ...]:
    """See ``Library.locks``."""
    folder = stores.place.locks / "assets"
    now = stores.now()
    found = [_read(stores, path, now) for path in sorted(folder.glob("*.json"))]
    if not stores.read_only and None in found:
        _sweep(stores, now)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.path))


def lock_of(stores: Stores, asset: Asset) -> Lock | None:
    """The lock on one asset, None when it is free."""
    return _read(stores, _path(stores, asset.id), stores.now())


def lock_files(stores: Stores) -> dict[str, dict[str, Any]]:
    """What the files of all locks that count now say, by asset id; for a remote to carry."""
    now = stores.now()
    found = {}
    for path in (stores.place.locks / "assets").glob("*.json"):
        if _read(stores, path, now) is not None:
            with contextlib.suppress(OSError, ValueError, KeyError, AudobonError):
                data = dict(json.loads(stores.place.files.read(path)))
                ident = str(data["asset_id"])
                if lock_path(stores.place, ident) == path:  # no remote says it of another asset
                    found[ident] = data
    return found


def take_over(stores: Stores, others: Mapping[str, Mapping[str, Any]]) -> None:
    """Have the locks that a remote carries here, and those no more that it carries no more."""
    known = lock_files(stores)
    with _exclusive(stores):
        for ident, known_data in known.items():
            if known_data.get("carried") and ident not in others:
                _remove(_path(stores, ident))
        for ident, data in others.items():
            # An id is the name of a file; one of another form is nobody's asset.
            if _ASSET.fullmatch(ident) and not (ident in known and not known[ident].get("carried")):
                text = json.dumps({**data, "carried": True}, indent=2) + "\n"
                stores.place.files.write(_path(stores, ident), text.encode())


def machine_id() -> str:
    """32 hex digits for this machine and user, made at the first need; empty without a home."""
    path = data_folder() / "machine"
    for _ in range(2):
        with contextlib.suppress(OSError):
            text = path.read_text("ascii", "replace").strip()
            if _TOKEN.fullmatch(text):
                return text
        with contextlib.suppress(OSError, AudobonError):
            make_own(path.parent)
            write_atomic(path, uuid.uuid4().hex.encode())
    return ""


def lock_path(place: Place, asset_id: str) -> Path:
    """The file of a lock on an asset; where all is encrypted its name does not tell which."""
    return place.locks / "assets" / f"{place.files.name(asset_id)}.json"


def _path(stores: Stores, asset_id: str) -> Path:
    return lock_path(stores.place, asset_id)


@contextlib.contextmanager
def _exclusive(stores: Stores) -> Iterator[None]:
    folder = stores.place.locks / "assets"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise translate_os_error(error, folder) from error
    with FileLock(stores.place.locks / "assets.lock"):
        yield


def _holder(stores: Stores) -> str:
    """The name of the file that this object keeps locked for as long as it is open."""
    if stores.holder is None:
        folder = stores.place.locks / "holders"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise translate_os_error(error, folder) from error
        held = FileLock(folder / f"{uuid.uuid4().hex}.lock", timeout_s=0)
        held.acquire()
        stores.holder = held
    return stores.holder.path.stem


def _read(stores: Stores, path: Path, now: datetime) -> Lock | None:
    """The lock that a file holds, None when it is over or cannot be read."""
    try:
        data = {**json.loads(stores.place.files.read(path))}
        carried = bool(data.get("carried"))
        found = from_plain({**data, "mine": False, "here": False, "carried": carried}, Lock)
        holder, machine = str(data["holder"]), str(data["machine_id"])
    except (OSError, ValueError, KeyError, TypeError, AudobonError):
        return None
    here = machine != "" and machine == machine_id() and not carried
    found = evolve(found, here=here)
    if found.kept:
        mine = here and found.author == stores.author
        return evolve(found, mine=mine) if now < found.until else None
    if not here:
        return found if now < found.until else None
    own = stores.holder.path.stem if stores.holder is not None else None
    if holder == own:
        return evolve(found, mine=True)
    return found if _TOKEN.fullmatch(holder) and is_held(_holder_file(stores, holder)) else None


def _holder_file(stores: Stores, token: str) -> Path:
    return stores.place.locks / "holders" / f"{token}.lock"


def _sweep(stores: Stores, now: datetime) -> None:
    """Remove the files of locks that are over, and of holders that nobody holds."""
    with contextlib.suppress(AudobonError), _exclusive(stores):
        for path in (stores.place.locks / "assets").glob("*.json"):
            if _read(stores, path, now) is None:
                _remove(path)
        for path in (stores.place.locks / "holders").glob("*.lock"):
            own = stores.holder is not None and stores.holder.path == path
            if not own and not is_held(path):
                _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise translate_os_error(error, path) from error


def clock(moment: datetime) -> str:
    """Time on this machine's clock; with the day when it was not within the last 20 hours."""
    local = moment.astimezone()
    recent = datetime.now(local.tzinfo) - local < timedelta(hours=20)
    return local.strftime("%H:%M" if recent else "%Y-%m-%d %H:%M")


def described(found: Lock) -> str:
    """One line for people: ``open on workstation-2 since 10:42 (Ada, Blender)``.

    Others wrote what is in it: no sign in it moves a cursor or begins a line.
    """
    who = ", ".join(part for part in (found.author.partition(" <")[0], found.program) if part)
    return one_line(f"open on {found.machine} since {clock(found.since)} ({who})")
