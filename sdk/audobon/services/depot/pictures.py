"""Previews into a depot and out of it: many in one object, with a list of them beside it.

The list is named by its own BLAKE3 and has that of each picture. That a picture shows
the file whose digest it lies under nobody can prove: whoever may write to the depot
is trusted with that, and its bytes are decoded by workers, as those of any file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from audobon.errors import Corrupt
from audobon.services.depot import keys
from audobon.services.depot.bundles import SIZE as BUNDLE
from audobon.services.depot.bundles import Bundles
from audobon.services.depot.depot import Depot
from audobon.services.depot.tasks import in_turn, never
from audobon.storage.previews import Picture, is_whole

if TYPE_CHECKING:
    from audobon.storage.previews import PreviewStore

__all__ = [
    "SIZE",
    "fetch_pictures",
    "pictures_to_fetch",
    "pictures_to_send",
    "scour_pictures",
    "send_pictures",
    "weigh_pictures",
]

SIZE = 256
"""Pixels of the previews that travel: those that panels ask for first."""
_LARGEST = 16 << 20
"""Bytes of one picture, far above what 2048 pixels take."""

_Row = tuple[str, int, int, int, str]
"""Digest of the file, size in pixels, start, length, BLAKE3 of the picture."""


def pictures_to_send(
    depot: Depot, previews: PreviewStore, digests: Iterable[str]
) -> list[tuple[str, int]]:
    """The previews of these files that are made here and not there, as (digest, pixels)."""
    have = {(row[0], row[1]) for rows in _in(depot).lists().values() for row in rows}
    wanted = {(digest, SIZE) for digest in digests} - have
    return sorted(previews.known(wanted))


def weigh_pictures(previews: PreviewStore, wanted: Iterable[tuple[str, int]]) -> list[int]:
    """The bytes of each object that :func:`send_pictures` would write; no picture is read."""
    found: list[int] = []
    for rows in _parted(previews.sizes(wanted).items()):
        body = rows[-1][2] + rows[-1][3]
        found += Bundles.weigh(_said(rows), body)
    return found


def _parted(sizes: Iterable[tuple[tuple[str, int], int]]) -> Iterator[list[_Row]]:
    """As :func:`_bundles` parts pictures, with what is as long as their hashes."""
    rows: list[_Row] = []
    start = 0
    for (digest, size), length in sizes:
        rows.append((digest, size, start, length, digest))
        start += length
        if start >= BUNDLE:
            yield rows
            rows, start = [], 0
    if rows:
        yield rows


def send_pictures(
    depot: Depot,
    previews: PreviewStore,
    wanted: Iterable[tuple[str, int]],
    *,
    cancel: Callable[[], bool] = never,
) -> int:
    """Put these previews there; how many bytes they have."""
    total = 0
    for size in in_turn(lambda made: _put(depot, *made), _bundles(previews, wanted), cancel=cancel):
        total += size
    return total


def fetch_pictures(
    depot: Depot,
    previews: PreviewStore,
    *,
    wanted: Callable[[str], bool] = lambda _digest: True,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] = never,
) -> int:
    """Keep the previews that are there and not here, of files that are ``wanted``; how many.

    Corrupt, naming the object, for a picture that is not what the list says.
    """
    bundles = _left(_in(depot).lists(), previews, wanted)
    count = 0
    reads = in_turn(lambda one: _get(depot, *one), bundles.items(), cancel=cancel, ahead=4)
    for number, pictures in enumerate(reads, 1):
        previews.put(pictures)
        count += len(pictures)
        if progress is not None:
            progress(number, len(bundles))
    return count


def pictures_to_fetch(depot: Depot, previews: PreviewStore | None) -> tuple[int, list[int]]:
    """How many previews :func:`fetch_pictures` would keep, and the bytes of the objects with them.

    Without a store none is here.
    """
    lists = _in(depot).lists()
    bundles = _left(lists, previews, lambda _digest: True)
    sizes = [max(start + length for _, _, start, length, _ in lists[name]) for name in bundles]
    return sum(map(len, bundles.values())), sizes


def _left(
    lists: Mapping[str, list[_Row]],
    previews: PreviewStore | None,
    wanted: Callable[[str], bool],
) -> dict[str, list[_Row]]:
    """The previews that are there, wanted and not here, by the bundle."""
    bundles: dict[str, list[_Row]] = {}
    for name, rows in lists.items():
        asked = ((row[0], row[1]) for row in rows)
        known = set[tuple[str, int]]() if previews is None else previews.known(asked)
        left = [row for row in rows if (row[0], row[1]) not in known and wanted(row[0])]
        if left:
            bundles[name] = left
    return bundles


def scour_pictures(depot: Depot, needed: frozenset[str]) -> int:
    """Remove the previews of all other files at once; how many bundles went or were made anew."""
    gone, bundles = 0, _in(depot)
    for name, rows in bundles.lists().items():
        kept = [row for row in rows if row[0] in needed]
        if len(kept) == len(rows):
            continue
        if kept:
            body, places = bytearray(), []
            for picture, row in zip(_get(depot, name, kept), kept, strict=True):
                places.append((row[0], row[1], len(body), len(picture.data), row[4]))
                body += picture.data
            _put(depot, places, bytes(body))
        bundles.drop(name)
        gone += 1
    return gone


def _bundles(
    previews: PreviewStore, wanted: Iterable[tuple[str, int]]
) -> Iterator[tuple[list[_Row], bytes]]:
    from audobon.storage.chunks.packs import hash_id

    rows: list[_Row] = []
    body = bytearray()
    for digest, size in wanted:
        data = previews.get(digest, size)
        if data is None:
            continue
        rows.append((digest, size, len(body), len(data), hash_id(data).hex()))
        body += data
        if len(body) >= BUNDLE:
            yield rows, bytes(body)
            rows, body = [], bytearray()
    if rows:
        yield rows, bytes(body)


def _put(depot: Depot, rows: list[_Row], body: bytes) -> int:
    return _in(depot).put(_said(rows), body)


def _said(rows: list[_Row]) -> dict[str, Any]:
    return {"pictures": [list(row) for row in rows]}


def _get(depot: Depot, name: str, rows: list[_Row]) -> list[Picture]:
    from audobon.storage.chunks.packs import hash_id

    bundles = _in(depot)
    where, body = depot.where(bundles.key(name)), bundles.body(name)
    found = []
    for digest, size, start, length, check in rows:
        data = body[start : start + length]
        if hash_id(data).hex() != check or not is_whole(data):
            raise Corrupt(
                f"{where} has another picture at byte {start} than is told", subject=where
            )
        found.append(Picture(digest, size, data))
    return found


def _in(depot: Depot) -> Bundles[list[_Row]]:
    return Bundles(depot, keys.PREVIEWS, "pictures", _rows)


def _rows(said: Mapping[str, Any], where: str) -> list[_Row]:
    rows = [
        (str(digest), int(size), int(start), int(length), str(check))
        for digest, size, start, length, check in said["pictures"]
    ]
    for digest, size, start, length, _ in rows:
        if len(digest) != 64 or not 0 < size <= 4096 or start < 0 or not 0 < length <= _LARGEST:
            raise Corrupt(f"{where} is no list of pictures", subject=where)
        bytes.fromhex(digest)
    return rows
