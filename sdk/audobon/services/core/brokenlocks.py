"""What is told to somebody whose lock was broken: by whom, where and when.

One small file for each, in ``lock/broken/`` of the library's state, beside the locks and as
they are: whoever breaks a lock leaves it, and it is over when its asset is locked or let go of by
whom it was broken, or after a week. A remote does not carry it: a lock that was broken on another
machine is still there on this one.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from audobon.codec.plain import from_plain, to_plain
from audobon.codec.words import one_line
from audobon.errors import AudobonError
from audobon.model.lock import BrokenLock, Lock
from audobon.services.core.place import Place
from audobon.services.core.stores import Stores

__all__ = ["acknowledge", "broken_path", "note", "read", "told"]

_KEPT = timedelta(days=7)


def broken_path(place: Place, asset_id: str) -> Path:
    """The file that tells of a lock on this asset; as a lock's, it may not name the asset."""
    return place.locks / "broken" / f"{place.files.name(asset_id)}.json"


def note(stores: Stores, lock: Lock, data: Mapping[str, Any]) -> None:
    """This lock, whose file had ``data``, is broken now. Telling is no reason not to break it."""
    made = BrokenLock(
        asset_id=lock.asset_id,
        path=lock.path,
        author=lock.author,
        machine=lock.machine,
        program=lock.program,
        since=lock.since,
        by=stores.author,
        by_machine=socket.gethostname() or "this machine",
        at=stores.now(),
    )
    path = broken_path(stores.place, lock.asset_id)
    text = json.dumps({**to_plain(made), "machine_id": data.get("machine_id", "")}, indent=2)
    with contextlib.suppress(OSError, AudobonError):
        path.parent.mkdir(parents=True, exist_ok=True)
        stores.place.files.write(path, f"{text}\n".encode())


def read(stores: Stores, machine_id: str) -> tuple[BrokenLock, ...]:
    """Those of this author on this machine, the newest last; what is too old is removed."""
    found = []
    for path in sorted((stores.place.locks / "broken").glob("*.json")):
        one = _own(stores, path, machine_id)
        if one is not None:
            found.append(one)
    return tuple(sorted(found, key=lambda one: one.at))


def acknowledge(stores: Stores, asset_id: str, machine_id: str) -> None:
    """Whoever lost a lock on it knows: they are at work on it, or done, by their own word."""
    path = broken_path(stores.place, asset_id)
    if _own(stores, path, machine_id) is not None:
        _remove(path)


def _own(stores: Stores, path: Path, machine_id: str) -> BrokenLock | None:
    """What a file tells this author on this machine; it is removed where it is too old."""
    try:
        data = {**json.loads(stores.place.files.read(path))}
        whose = data.pop("machine_id")
        one = from_plain(data, BrokenLock)
    except (OSError, ValueError, KeyError, TypeError, AudobonError):
        return None  # what cannot be read tells nothing
    if stores.now() - one.at > _KEPT:
        if not stores.read_only:
            _remove(path)
        return None
    mine = machine_id and whose == machine_id and one.author == stores.author
    return one if mine else None


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def told(one: BrokenLock) -> str:
    """One line for people: ``broken by Ada on workstation-2 at 10:42``.

    Others wrote what is in it: no sign in it moves a cursor or begins a line.
    """
    from audobon.services.core.locking import clock

    who = one.by.partition(" <")[0]
    return one_line(f"broken by {who} on {one.by_machine} at {clock(one.at)}")
