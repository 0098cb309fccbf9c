"""What was computed of files, into a depot and out of it: who has the same file need not compute.

Values lie in *tables*, each under its name: what one table keeps is by one way of computing, so
that nothing is mixed. That a value is of the file whose digest it lies under nobody can prove, as
with previews: whoever may write to the depot is trusted with that. No value is ever executed, and
a table says which ones it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, Protocol

from attrs import frozen

from audobon.errors import Corrupt
from audobon.services.depot import keys
from audobon.services.depot.bundles import SIZE, Bundles
from audobon.services.depot.depot import Depot
from audobon.services.depot.tasks import in_turn, never

__all__ = [
    "Known",
    "Table",
    "Tables",
    "fetch_results",
    "results_to_fetch",
    "scour_results",
    "send_results",
]

_LARGEST = 64 << 10
"""Bytes of one value: a vector has some kilobytes, the text of a picture at most 32."""
_MOST = 1 << 20  # values of one bundle


Known = Callable[[str, Collection[str]], "set[str] | None"]
"""Which of these files have a value in the table of this name here; None where the table is not
wanted."""


class Tables(Protocol):
    """The tables of whoever takes values."""

    def wanted(self, name: str) -> Table | None:
        """The table of this name, None where it is not wanted."""
        ...

    def known(self, name: str, digests: Collection[str]) -> set[str] | None:
        """See :data:`Known`."""
        ...


class Table(Protocol):
    """Values by the sha256 of a file, in hex. Reading never raises."""

    def digests(self) -> Iterator[list[str]]:
        """Those of all values here, at most some thousands at a time."""
        ...

    def known(self, digests: Collection[str]) -> set[str]:
        """Those of these files that have a value here."""
        ...

    def of(self, digests: Collection[str]) -> Mapping[str, bytes]:
        """The values of these files, as far as they are here."""
        ...

    def sound(self, value: bytes) -> bool:
        """Whether this may be a value of the table."""
        ...

    def put(self, values: Mapping[str, bytes]) -> None:
        """Keep values. DiskFull, Busy, ReadOnly, NotFound, Unavailable."""
        ...


@frozen(slots=True)
class _Told:
    """Of which table a bundle has the values of which files, how long each is, and the BLAKE3 of
    them together."""

    table: str
    digests: tuple[str, ...]
    sizes: tuple[int, ...]
    check: str


def results_to_send(
    depot: Depot, tables: Mapping[str, Table], coming: Collection[str] = frozenset()
) -> tuple[int, list[int]]:
    """How many values :func:`send_results` would put there once the files that are ``coming`` are
    there as well, and the bytes of each object that it would write."""
    count, sizes = 0, list[int]()
    for name, values in _made(depot, tables, frozenset(coming)):
        said, body = _said(name, values)
        count += len(values)
        sizes += Bundles.weigh(said, len(body))
    return count, sizes


def send_results(
    depot: Depot, tables: Mapping[str, Table], *, cancel: Callable[[], bool] = never
) -> tuple[int, int]:
    """Put the values there that are not, of files that are there whole; how many, and the bytes
    of the objects with them.

    ``depot.contents`` is current.
    """
    bundles, made = _in(depot), _made(depot, tables, frozenset())
    put = list(in_turn(lambda each: _put(bundles, *each), made, cancel=cancel))
    return sum(count for count, _ in put), sum(size for _, size in put)


def fetch_results(depot: Depot, tables: Tables, *, cancel: Callable[[], bool] = never) -> int:
    """Keep the values that are there and not here, of the tables that are wanted; how many.

    Corrupt, naming the object, for what is not what its list says.
    """
    bundles = _in(depot)
    left = _left(bundles.lists(), tables.known)
    reads = in_turn(lambda each: _read(bundles, *each), left.items(), cancel=cancel, ahead=4)
    count = 0
    for (name, told), values in zip(left.items(), reads, strict=True):
        table = tables.wanted(told.table)
        if table is None:
            continue
        if not all(map(table.sound, values.values())):
            where = depot.where(bundles.key(name))
            raise Corrupt(f"{where} has what is no value of {told.table}", subject=where)
        here = table.known(told.digests)
        new = {digest: value for digest, value in values.items() if digest not in here}
        table.put(new)
        count += len(new)
    return count


def results_to_fetch(depot: Depot, known: Known | None = None) -> tuple[int, list[int]]:
    """How many values :func:`fetch_results` would keep, and the bytes of each object that it would
    read. Without ``known`` nothing: the lists are kept here then."""
    lists = _in(depot).lists()
    left = {} if known is None else _left(lists, known)
    count = sum(len(told.digests) - len(_of(known, told) or ()) for told in left.values())
    return count, [sum(told.sizes) for told in left.values()]


def scour_results(depot: Depot, needed: frozenset[str]) -> int:
    """Remove the values of all other files at once; how many bundles went or were made anew."""
    bundles, gone = _in(depot), 0
    for name, told in bundles.lists().items():
        kept = [digest for digest in told.digests if digest in needed]
        if len(kept) == len(told.digests):
            continue
        if kept:
            values = _read(bundles, name, told)
            _put(bundles, told.table, {digest: values[digest] for digest in kept})
        bundles.drop(name)
        gone += 1
    return gone


def _have(depot: Depot, tables: Mapping[str, Table]) -> dict[str, set[str]]:
    """Whose values are there already, by table."""
    have: dict[str, set[str]] = {name: set() for name in tables}
    for told in _in(depot).lists().values():
        have.get(told.table, set()).update(told.digests)
    return have


def _made(
    depot: Depot, tables: Mapping[str, Table], coming: frozenset[str]
) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The values of each bundle that is to be put there, with the name of their table."""
    have = _have(depot, tables)
    for name, table in tables.items():
        for values in _gathered(table, _lacking(depot, table, have[name], coming)):
            yield name, values


def _lacking(
    depot: Depot, table: Table, have: set[str], coming: frozenset[str]
) -> Iterator[list[str]]:
    """Files that are there whole or are coming, and whose values are here and not there."""
    for digests in table.digests():
        asked = [each for each in digests if each not in have]
        wanted = {*depot.contents.whole(asked), *coming.intersection(asked)}
        if wanted:
            yield sorted(wanted)


def _gathered(table: Table, wanted: Iterable[list[str]]) -> Iterator[dict[str, bytes]]:
    """Values to be sent, in parts of the size of a bundle."""
    found: dict[str, bytes] = {}
    size = 0
    for digests in wanted:
        for digest, value in table.of(digests).items():
            if table.sound(value) and len(value) <= _LARGEST:
                found[digest] = value
                size += len(value)
                if size >= SIZE:
                    yield found
                    found, size = {}, 0
    if found:
        yield found


def _of(known: Known | None, told: _Told) -> set[str] | None:
    return None if known is None else known(told.table, told.digests)


def _left(lists: Mapping[str, _Told], known: Known) -> dict[str, _Told]:
    """The bundles that have something which is wanted and not here."""
    left = {}
    for name, told in lists.items():
        here = known(told.table, told.digests)
        if here is not None and not here.issuperset(told.digests):
            left[name] = told
    return left


def _put(bundles: Bundles[_Told], table: str, values: Mapping[str, bytes]) -> tuple[int, int]:
    return len(values), bundles.put(*_said(table, values))


def _said(table: str, values: Mapping[str, bytes]) -> tuple[dict[str, Any], bytes]:
    """The list of a bundle, and its body."""
    from audobon.storage.chunks.packs import hash_id

    body = b"".join(values.values())
    said = {
        "table": table,
        "digests": list(values),
        "sizes": [len(value) for value in values.values()],
        "check": hash_id(body).hex(),
    }
    return said, body


def _read(bundles: Bundles[_Told], name: str, told: _Told) -> dict[str, bytes]:
    from audobon.storage.chunks.packs import hash_id

    body = bundles.body(name)
    if len(body) != sum(told.sizes) or hash_id(body).hex() != told.check:
        where = bundles.depot.where(bundles.key(name))
        raise Corrupt(f"{where} has other bytes than its list says", subject=where)
    starts = accumulate(told.sizes, initial=0)
    return {
        digest: body[start : start + size]
        for digest, size, start in zip(told.digests, told.sizes, starts, strict=False)
    }


def _in(depot: Depot) -> Bundles[_Told]:
    return Bundles(depot, keys.RESULTS, "results", _told)


def _told(said: Mapping[str, Any], where: str) -> _Told:
    told = _Told(
        str(said["table"]),
        tuple(map(str, said["digests"])),
        tuple(map(int, said["sizes"])),
        str(said["check"]),
    )
    if not len(told.digests) == len(told.sizes) <= _MOST:
        raise Corrupt(f"{where} is no list of results", subject=where)
    for digest, size in zip(told.digests, told.sizes, strict=True):
        if len(bytes.fromhex(digest)) != 32 or not 0 <= size <= _LARGEST:
            raise Corrupt(f"{where} is no list of results", subject=where)
    return told
