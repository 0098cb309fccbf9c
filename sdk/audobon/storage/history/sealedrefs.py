"""Names of a sealed history: rows of a database under a key."""

from __future__ import annotations

from audobon.errors import Conflict, Corrupt
from audobon.storage.history.sealedobjects import row
from audobon.storage.sqlite import Database

__all__ = ["SealedRefs"]

_HEAD = "HEAD"
_CHAIN = 5  # names that name names; git follows as many


class SealedRefs:
    """``Refs`` in the table ``refs``. A row has what it leads to or the name that it stands for."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def head(self) -> str | None:
        found = self._row(_HEAD)
        if found is None:
            raise Corrupt("the history has no current branch", subject=str(self._db.path))
        return found[1]

    def set_head(self, name: str) -> None:
        with self._db.write():
            self._db.execute(
                "INSERT OR REPLACE INTO refs (name, id, other) VALUES (?, NULL, ?)",
                (_stored(_HEAD), _stored(name)),
            )

    def names(self) -> list[str]:
        rows = self._db.rows("SELECT name FROM refs ORDER BY name")
        return [name for (raw,) in rows if (name := _shown(raw)) != _HEAD]

    def direct(self, name: str) -> bytes | None:
        found = self._row(name)
        return None if found is None else found[0]

    def target(self, name: str) -> bytes | None:
        for _ in range(_CHAIN):
            found = self._row(name)
            if found is None or found[0] is not None:
                return None if found is None else found[0]
            name = found[1] or ""
        raise Corrupt(f"the ref {name} is damaged: names go round in a circle", subject=name)

    def swap(self, name: str, old: bytes | None, new: bytes) -> bool:
        with self._db.write():
            found = self._row(name)
            if (None if found is None else found[0]) != old or (old is None) != (found is None):
                return False
            self._put(name, new)
        return True

    def put(self, name: str, new: bytes) -> None:
        with self._db.write():
            self._put(name, new)

    def remove(self, name: str) -> None:
        with self._db.write():
            self._db.execute("DELETE FROM refs WHERE name = ?", (_stored(name),))

    def _put(self, name: str, new: bytes) -> None:
        # Git keeps names as files: one of them cannot be the folder of another, and a history
        # must be able to become a plain one.
        parts = name.split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        low, high = _stored(name + "/"), _stored(name + "0")  # "0" comes after "/"
        below = self._db.one("SELECT name FROM refs WHERE name > ? AND name < ?", (low, high))
        taken = [other for other in above if self._row(other) is not None]
        taken += [] if below is None else [_shown(below[0])]
        if taken:
            raise Conflict(f"the name {name!r} cannot be beside {taken[0]!r}", subject=name)
        self._db.execute(
            "INSERT OR REPLACE INTO refs (name, id, other) VALUES (?, ?, NULL)",
            (_stored(name), new),
        )

    def _row(self, name: str) -> tuple[bytes | None, str | None] | None:
        found = row(self._db, "SELECT id, other FROM refs WHERE name = ?", _stored(name))
        if found is None:
            return None
        id, other = found
        return (None if id is None else bytes(id), None if other is None else _shown(other))


def _stored(name: str) -> bytes:
    """As bytes, because those of a foreign client need not be UTF-8."""
    return name.encode("utf-8", "surrogateescape")


def _shown(raw: bytes) -> str:
    return bytes(raw).decode("utf-8", "surrogateescape")
