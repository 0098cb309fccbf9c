"""The chunk store: every version of every file as deduplicated, verified bytes.

A file is cut where its content says so (FastCDC), chunks that are not there
yet are compressed in groups, groups lie in immutable packs, and a recipe says
which chunks a file is made of. ``docs/format/packs.md`` gives the bytes.

=============  ==========================================================
``model``      what the store answers with: plain frozen values
``layout``     the bytes of packs, trailers and recipes; no file is opened
``chunker``    bytes in, chunks and the file's sha256 out
``packs``      one pack on disk: written, opened, its trailer checked
``series``     packs that are filled one after the other
``index``      where each chunk lies: SQLite, derived, rebuilt at will
``groups``     groups that were decompressed a moment ago
``writer``     files in
``reader``     files out
``verify``     every byte read again
``collect``    what nobody needs leaves, after a grace period
``collecting`` the store's call for it
``garbage``    since when nobody has needed it
``exchanging`` bytes given to another place and taken from one
``lists``      what a large file is made of, in chunks too
``packing``    chunks and recipes into new packs, in order
``parcels``    the packs that are given
``taking``     groups and recipes that are taken
``gather``     small packs become large ones
``rewriting``  new packs of what lies in old ones, for both
``mend``       what has become of damaged packs
``store``      the one object that the rest of the package holds
=============  ==========================================================

Opening a store and asking what it holds loads no codec; writing and reading
bytes loads pyfastcdc, blake3 and zstandard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.chunks.model import (
        Problem,
        Restoration,
        Stored,
        StoreStats,
        Swept,
        VerifyReport,
    )
    from audobon.storage.chunks.store import ChunkStore

__all__ = [
    "ChunkStore",
    "Problem",
    "Restoration",
    "StoreStats",
    "Stored",
    "Swept",
    "VerifyReport",
]

_HOMES = {
    "model": "Problem Restoration Stored StoreStats Swept VerifyReport",
    "store": "ChunkStore",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
