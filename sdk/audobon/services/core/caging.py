"""What worker processes of a library may do: see, and write what they are there to write."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import evolve

from audobon.models.caging import model_cage
from audobon.services.core.place import read_settings
from audobon.system.sandbox import Cage

if TYPE_CHECKING:
    from audobon.services.core.stores import Stores

__all__ = ["cage_of"]


def cage_of(stores: Stores, *, programs: bool = False, local_sockets: bool = False) -> Cage | None:
    """The cage of this library's workers; None where ``off`` in ``library.toml`` has ``sandbox``.

    Of an encrypted one it still says where temporary files go then. Workers write what can be made
    again, what is being repacked, and temporary files: not the catalog, the versions, the packs or
    a file of the user's.
    """
    place = stores.place
    ajar = "sandbox" in read_settings(place).off
    if ajar and not place.files.sealed:
        return None
    folders = () if stores.read_only else (place.state / "derived", place.chunks / "repack")
    for folder in folders:
        with suppress(OSError):  # who writes there will tell
            folder.mkdir(parents=True, exist_ok=True)
    cage = model_cage(
        *map(str, folders),
        programs=programs,
        local_sockets=local_sockets,
        temporary=place.files.working,
    )
    return evolve(cage, ajar=True) if ajar and cage is not None else cage
