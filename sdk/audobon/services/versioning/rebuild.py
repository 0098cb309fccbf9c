"""Build the catalog again from the history: everything committed comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from audobon.codec.manifest import is_root_name, parse_library, parse_manifest
from audobon.errors import Corrupt
from audobon.services.core.place import Place, read_roots
from audobon.storage.catalog import Catalog
from audobon.storage.history import LIBRARY_PATH, History
from audobon.system.names import text_path

__all__ = ["fill_from_history", "note_away"]

_PAGE = 500


def fill_from_history(
    place: Place,
    catalog: Catalog,
    *,
    author: str,
    now: datetime,
    roots: Mapping[str, str] | None = None,
) -> None:
    """Fill an empty catalog from the newest version.

    Roots (name to folder) come from ``library.toml`` unless given; one that is
    only in the history gets a folder of its name in the library, where its
    files count as missing until they are found. Then tags, catalogs and sets,
    then assets with all they have. Corrupt when the history cannot be read.
    """
    roots = dict(read_roots(place) if roots is None else roots)
    here = text_path(str(place.folder))
    history = None
    if place.history.exists():
        history = History.open(place.history, read_only=True, key=place.key)
    try:
        head = None if history is None else history.head()
        record = {} if history is None or head is None else _library_record(history, head)
        for name in map(str, record.get("roots", ())):
            if name not in roots:
                roots[need_root_name(name)] = f"{here}/{name}"
        for name, folder in sorted(roots.items(), key=lambda item: item[1] != here):
            catalog.add_root(name, folder)
        if history is None or head is None:
            return
        catalog.load_vocabulary(record, author=author, now=now)
        manifests = (
            parse_manifest(history.blob(blob))
            for _, blob in history.walk(head, prefix=b".audobon/assets")
        )
        catalog.import_assets(manifests, author=author, now=now, label="rebuilt from the history")
    finally:
        if history is not None:
            history.close()


def note_away(catalog: Catalog, *, author: str, now: datetime, all_of_them: bool) -> None:
    """Note of a filled catalog's files that they are at a remote: of all, or of those not here.

    Of all is quicker; those that lie here already are found at the next look.
    """
    after = 0
    while assets := catalog.iterate(after, limit=_PAGE, states=("present",)):
        gone = [asset for asset in assets if all_of_them or not Path(asset.file).exists()]
        catalog.set_away(asset.id for asset in gone)
        catalog.mark_missing([asset.key for asset in gone], author=author, now=now)
        after = assets[-1].key


def need_root_name(name: str) -> str:
    """A root's name out of a history, which becomes a folder here. Corrupt where it cannot."""
    if not is_root_name(name):
        raise Corrupt(
            f"the history names a root {name[:200]!r}, which is no name of a folder",
            subject=name,
            hint="the history was not written by Audobon; do not trust where it comes from",
        )
    return name


def _library_record(history: History, head: str) -> dict[str, Any]:
    data = history.read(head, LIBRARY_PATH)
    return {} if data is None else parse_library(data)
