"""Audobon: a local-first asset system for artists.

::

    import audobon

    lib = audobon.Library.create("MyAssets")
    lib.add(["MyAssets"])
    for hit in lib.search("rusty metal width:>=2048").hits:
        print(hit.asset.path, hit.why)

Names are loaded when they are first used, so that importing the package
costs a host next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.errors import (
        AudobonError,
        Cancelled,
        Conflict,
        Corrupt,
        Invalid,
        LimitExceeded,
        NotFound,
        QueryError,
        Unavailable,
    )
    from audobon.library import Library, find_library
    from audobon.model.asset import AddReport, Asset, Relationship
    from audobon.model.change import UNSET, Change
    from audobon.model.query import Hit, Page
    from audobon.model.reference import Reference
    from audobon.model.suggestion import Suggestion
    from audobon.model.version import Diff, Version
    from audobon.services.core.queue import Job

__version__ = "0.1.0"

__all__ = [
    "UNSET",
    "AddReport",
    "Asset",
    "AudobonError",
    "Cancelled",
    "Change",
    "Conflict",
    "Corrupt",
    "Diff",
    "Hit",
    "Invalid",
    "Job",
    "Library",
    "LimitExceeded",
    "NotFound",
    "Page",
    "QueryError",
    "Reference",
    "Relationship",
    "Suggestion",
    "Unavailable",
    "Version",
    "find_library",
]

_HOMES = {
    "errors": "AudobonError Cancelled Conflict Corrupt Invalid LimitExceeded NotFound QueryError"
    " Unavailable",
    "library": "Library find_library",
    "model.asset": "AddReport Asset Relationship",
    "model.change": "UNSET Change",
    "model.query": "Hit Page",
    "model.reference": "Reference",
    "model.suggestion": "Suggestion",
    "model.version": "Diff Version",
    "services.core.queue": "Job",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
