"""Whether an older version is better taken further apart, or left as the next one has it.

A painting whose strokes lie under others has the same picture of the whole in
both versions. Taken apart in one and kept as it is in the other, that picture
would lie in the store twice. So it is left, and looked at again when the next
version is replaced in its turn; a note in the catalog says what waits for
whom. A note that is lost with a catalog costs space and nothing else.
"""

from __future__ import annotations

import json

from audobon.services.core.stores import Stores

__all__ = ["inside", "leave", "waiting"]

_KEY = "waits for "
_MOST = 1000  # older ones of one file that wait at once


def inside(path: str) -> int:
    """Bytes of a zip that only its compressor gives again: pictures, and what is deflated.

    In a worker: the file may be anybody's. 0 for what is no zip.
    """
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return sum(
                member.compress_size
                for member in archive.infolist()
                if member.filename.lower().endswith(".png")
                or member.compress_size < member.file_size
            )
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return 0


def leave(stores: Stores, digest: str, successor: str) -> None:
    """Note that ``digest``, and what waits for it, is to be looked at after ``successor``."""
    waits = dict.fromkeys((*_noted(stores, successor), *_noted(stores, digest), digest))
    stores.catalog.set_meta(_KEY + successor, json.dumps(list(waits)[-_MOST:]))
    stores.catalog.drop_meta(_KEY + digest)


def waiting(stores: Stores, digest: str) -> tuple[str, ...]:
    """What was left because of ``digest``; the note is taken away."""
    found = _noted(stores, digest)
    if found:
        stores.catalog.drop_meta(_KEY + digest)
    return found


def _noted(stores: Stores, digest: str) -> tuple[str, ...]:
    return tuple(map(str, json.loads(stores.catalog.meta(_KEY + digest) or "[]")))
