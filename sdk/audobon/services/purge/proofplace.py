"""The same search in every object of a place, unpacked, as whoever has its key reads them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from audobon.errors import AudobonError
from audobon.model.purge import Proof
from audobon.services.depot import keys
from audobon.services.depot.depot import Depot
from audobon.services.purge.proof import Needles, Search

__all__ = ["prove_place"]


def prove_place(depot: Depot, needles: Needles) -> Proof:
    """Look through all that lies there."""
    search = Search(needles)
    room = depot.files.working()
    with tempfile.TemporaryDirectory(dir=room, prefix="audobon-purge-") as folder:
        for stat in depot.store.list():
            where = depot.where(stat.key)
            try:
                _object(search, depot, stat.key, where, Path(folder))
            except AudobonError as error:
                search.tell(where, f"it cannot be read: {error}")
    return search.proof()


def _object(search: Search, depot: Depot, key: str, where: str, folder: Path) -> None:
    from audobon.storage.chunks.erasing import PackView
    from audobon.storage.history.unpacking import unpack

    data = depot.store.get(key)
    search.files += 1
    # Bytes of other files have words of their own; the chunks of a pack are known by their ids.
    # Snapshots hold the catalog, whose audit log keeps ids on purpose.
    pack = key.startswith(keys.PACKS)
    search.look(where, data, ids=not pack, plain=not pack)
    if key.startswith(keys.GIT):
        for _, body in unpack(data)[1].values():
            search.look(where, body)
    elif key.startswith(keys.PACKS):
        path = folder / key.rpartition("/")[2]
        path.write_bytes(data)
        try:
            for item, body, chunk in PackView(path).items():
                if item in search.needles.chunks:
                    search.tell(where, "a chunk or recipe of it")
                search.look(where, body, ids=not chunk, plain=not chunk)
        finally:
            path.unlink()
