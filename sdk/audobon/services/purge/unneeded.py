"""Contents of the chunk store that nothing needs any more, and that tell of what is purged.

Copies of the catalog that snapshots were made of, versions that were pruned: a collection would
take them after its grace period, and until then they hold every name.
"""

from __future__ import annotations

from collections.abc import Iterator

from audobon.services.core.purges import PurgeJournal
from audobon.services.core.stores import Stores

__all__ = ["unneeded_with"]


def unneeded_with(stores: Stores, journal: PurgeJournal) -> list[str]:
    """The digests of those; what versions and the catalog name is never among them."""
    needed = stores.catalog.other_digests(journal.ids)
    if stores.place.history.exists():
        needed |= stores.history.survey().digests
    left = [one for one in stores.chunks.digests() if one not in needed]
    looked = [mark.encode() for mark in (*journal.ids, *journal.marks)]
    looked += [bytes.fromhex(one) for one in (*journal.digests, *journal.samples)]
    # One that lacks chunks is of no use to anybody, and may hold anything.
    return [
        one
        for one in left
        if one not in journal.contents
        and (not stores.chunks.has(one) or _holds(_blocks(stores, one), looked))
    ]


def _blocks(stores: Stores, digest: str) -> Iterator[bytes]:
    return (bytes(block) for block in stores.chunks.open(digest))


def _holds(blocks: Iterator[bytes], looked: list[bytes]) -> bool:
    keep, tail = max(map(len, looked)), b""
    for block in blocks:
        data = tail + block
        if any(one in data for one in looked):
            return True
        tail = data[-keep:]
    return False
