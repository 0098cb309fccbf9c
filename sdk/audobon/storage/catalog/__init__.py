"""The truth about now: assets and their metadata in SQLite, with every change undoable.

=================  ==========================================================
``catalog``        the one object that the rest of the package holds
``values``         what goes in and comes out, where the model has no word
``ondisk``         what the disk says of a file
``schema``         the tables, and migrations from older forms
``rows``           rows to models and back; the hash of a row
``log``, ``apply`` the change log: how a change is made, and taken back
``find``           reads of assets
``assets``         what the disk says: added, updated, moved, missing
``edits``          what people say: edits, undo, redo, the log
``moves``          merges in that log, which the catalog alone cannot take back
``names``          names that people give, checked and turned into keys
``tags``, ``tree`` tags with parents and aliases; nested catalogs
``relations``      edges between assets
``words``          what words mean now, and what was decided about them
``showing``        which suggestions are to be seen, and from which score on
``reviews``        suggested tags: kept, accepted, rejected; rules
``usage``          uses, and saved sets
``feed``           what came after a point, for the index and for versions
``whole``          all of it by key, for an index that is built anew
``vocabulary``     tags, catalogs and sets as plain data, and back
``rebuild``        assets from the manifests of the history
``analyzing``      what came after a point, for an export
``salvage``        uses, out of a catalog that is damaged
``check``          whether all is sound
``counts``         how much there is
=================  ==========================================================

Invariants: seq grows in the order of commits and each changed asset gets one
of its own; a key or an id is never given out twice; nothing about an asset
changes outside a transaction that also moves the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.catalog.catalog import Catalog
    from audobon.storage.catalog.counts import CatalogStats
    from audobon.storage.catalog.ondisk import FileUpdate, NewFile
    from audobon.storage.catalog.salvage import salvaged_uses
    from audobon.storage.catalog.values import (
        CatalogInfo,
        FeedRow,
        SavedSet,
        TagInfo,
        Use,
        UseCount,
    )
    from audobon.storage.catalog.whole import WholePage

__all__ = [
    "Catalog",
    "CatalogInfo",
    "CatalogStats",
    "FeedRow",
    "FileUpdate",
    "NewFile",
    "SavedSet",
    "TagInfo",
    "Use",
    "UseCount",
    "WholePage",
    "salvaged_uses",
]

_HOMES = {
    "catalog": "Catalog",
    "counts": "CatalogStats",
    "ondisk": "FileUpdate NewFile",
    "salvage": "salvaged_uses",
    "values": "CatalogInfo FeedRow SavedSet TagInfo Use UseCount",
    "whole": "WholePage",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
