"""Many small things in one object, with a list of them beside it.

Neither ever changes. The list is named by its own BLAKE3, so that what it says is proved, and is
kept here once it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from attrs import frozen

from audobon.errors import AudobonError, Corrupt
from audobon.services.depot.depot import Depot
from audobon.services.depot.records import FORMAT, dump, load
from audobon.services.depot.tasks import in_turn

__all__ = ["SIZE", "Bundles"]

SIZE = 4 << 20
"""Bytes of a bundle, about: one request each, and little to read again where it is cut off."""

_LIST, _BODY = ".json", ".bin"
_T = TypeVar("_T")


@frozen(slots=True)
class Bundles(Generic[_T]):
    """The bundles below ``prefix``; their lists are kept in the folder ``kept`` here, and
    ``parse`` makes of a list, and of what it is called in messages, what is worked with.

    ``parse`` raises KeyError, TypeError and ValueError for what is no such list.
    """

    depot: Depot
    prefix: str
    kept: str
    parse: Callable[[Mapping[str, Any], str], _T]

    def lists(self) -> dict[str, _T]:
        """What each bundle has, by its name. Corrupt, naming it, for a list that is none."""
        keys = [stat.key for stat in self.depot.store.list(self.prefix)]
        told = [key for key in keys if key.endswith(_LIST)]
        return dict(in_turn(self._list, told))

    def put(self, said: Mapping[str, Any], body: bytes) -> int:
        """Put a bundle there, what it is made of before what tells of it; its bytes together."""
        from audobon.storage.chunks.packs import hash_id

        data = _list_of(said)
        name = hash_id(data).hex()
        self.depot.put_once(self.key(name), body)
        self.depot.put_once(f"{self.prefix}{name}{_LIST}", data)
        return len(body) + len(data)

    @staticmethod
    def weigh(said: Mapping[str, Any], body: int) -> tuple[int, int]:
        """Bytes of the two objects that :meth:`put` would write, of a body of so many."""
        return body, len(_list_of(said))

    def body(self, name: str) -> bytes:
        """All bytes of a bundle, not proved yet."""
        return self.depot.store.get(self.key(name))

    def drop(self, name: str) -> None:
        """Remove a bundle; the list first: a list without what it tells of misleads."""
        for suffix in (_LIST, _BODY):
            self.depot.store.delete(f"{self.prefix}{name}{suffix}")

    def key(self, name: str) -> str:
        """The object with the bytes of a bundle."""
        return f"{self.prefix}{name}{_BODY}"

    def _list(self, key: str) -> tuple[str, _T]:
        from audobon.storage.chunks.packs import hash_id

        depot = self.depot
        name = key.removeprefix(self.prefix).removesuffix(_LIST)
        kept = depot.folder / self.kept / depot.files.name(name)
        where = depot.where(key)
        try:
            data = depot.files.read(kept)
        except (OSError, AudobonError):
            data = b""
        if hash_id(data).hex() != name:
            data = depot.store.get(key)
            if hash_id(data).hex() != name:
                raise Corrupt(f"{where} has other bytes than its name says", subject=where)
            kept.parent.mkdir(parents=True, exist_ok=True)
            depot.files.write(kept, data, durable=False)
        try:
            return name, self.parse(load(data, where), where)
        except (KeyError, TypeError, ValueError) as error:
            raise Corrupt(f"{where} is no list of a bundle: {error}", subject=where) from error


def _list_of(said: Mapping[str, Any]) -> bytes:
    return dump({"format": FORMAT, **said})
