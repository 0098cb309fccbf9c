"""At most so many bytes a second to a place of snapshots and from it, as somebody said of it.

Kept in ``snapshots.json`` beside the schedule, by address. Where a remote has the same address its
cap holds too: the lower of both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from audobon.errors import Corrupt, Invalid
from audobon.services.core.place import Place
from audobon.services.core.stores import Stores
from audobon.services.places.remotebook import check_limit, limit_at
from audobon.services.places.snapshotplaces import Locked, Where

__all__ = ["address_of", "cap_at", "limit_of", "read_limits", "set_limit"]


def set_limit(stores: Stores, where: Where, bytes_per_s: int | None) -> int | None:
    """See ``Snapshots.set_limit``."""
    stores.need_writable("cap a place of snapshots")
    address = _named(where)
    check_limit(bytes_per_s, address)
    data = _read(stores.place)
    limits = {place: rate for place, rate in _limits(data).items() if place != address}
    if bytes_per_s is not None:
        limits[address] = bytes_per_s
    stores.place.files.write(
        _path(stores.place),
        (json.dumps({"format": 1, **data, "limits": limits}, indent=1) + "\n").encode(),
    )
    return bytes_per_s


def limit_of(stores: Stores, where: Where) -> int | None:
    """See ``Snapshots.limit``."""
    return cap_at(stores.place, _named(where))


def cap_at(place: Place, url: str) -> int | None:
    """The lowest cap that was said of an address, None where none was."""
    caps = [limit_at(place, url), read_limits(place).get(address_of(url))]
    return min((cap for cap in caps if cap), default=None)


def read_limits(place: Place) -> dict[str, int]:
    """All caps, by address; none where the file makes no sense."""
    return _limits(_read(place))


def address_of(where: str) -> str:
    """A folder by its whole path, whatever the current one is."""
    if "://" in where or where.startswith("memory:"):
        return where
    return os.path.abspath(Path(where).expanduser())


def _limits(data: dict[str, Any]) -> dict[str, int]:
    try:
        return {str(place): int(rate) for place, rate in data.get("limits", {}).items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _read(place: Place) -> dict[str, Any]:
    try:
        data = json.loads(place.files.read(_path(place)))
    except (OSError, ValueError, Corrupt):
        return {}
    return data if isinstance(data, dict) else {}


def _path(place: Place) -> Path:
    return place.state / "snapshots.json"


def _named(where: Where) -> str:
    plain = where.where if isinstance(where, Locked) else where
    if not isinstance(plain, str | os.PathLike):
        raise Invalid(
            "a place that is open already has no address to cap", hint="name it by its address"
        )
    return address_of(os.fspath(plain))
