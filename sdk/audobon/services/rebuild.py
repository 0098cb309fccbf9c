"""Build the catalog again from the history: everything committed comes back."""

from __future__ import annotations

from audobon.codec.manifest import parse_library, parse_manifest
from audobon.services.place import Place
from audobon.storage.catalog import Catalog
from audobon.storage.history import LIBRARY_PATH, History
from audobon.system.names import text_path

__all__ = ["fill_from_history"]

_BATCH = 1000


def fill_from_history(place: Place, catalog: Catalog) -> int:
    """Fill an empty catalog from the newest version; the number of assets.

    Roots come first (the library's own folder where it lies now), then tags,
    catalogs and sets, then assets with their metadata, then relationships.
    """
    here = text_path(str(place.folder))
    history = History.open(place.history, read_only=True) if place.history.exists() else None
    head = None if history is None else history.head()
    if history is None or head is None:
        catalog.add_root(place.folder.name or "root", here)
        return 0
    try:
        vocabulary = parse_library(history.read(head, LIBRARY_PATH) or b"{}")
        catalog.load_vocabulary(vocabulary, own_folder=here)
        count, batch = 0, []
        for _, blob in history.walk(head, prefix=b".audobon/assets"):
            batch.append(parse_manifest(history.blob(blob)))
            if len(batch) >= _BATCH:
                count += catalog.import_manifests(batch)
                batch = []
        count += catalog.import_manifests(batch)
        return count
    finally:
        history.close()
