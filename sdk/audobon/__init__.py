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

import importlib
from typing import TYPE_CHECKING, Any

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
    "audobon.errors": (
        *("AudobonError", "Cancelled", "Conflict", "Corrupt", "Invalid", "LimitExceeded"),
        *("NotFound", "QueryError", "Unavailable"),
    ),
    "audobon.library": ("Library", "find_library"),
    "audobon.model.asset": ("AddReport", "Asset", "Relationship"),
    "audobon.model.change": ("UNSET", "Change"),
    "audobon.model.query": ("Hit", "Page"),
    "audobon.model.reference": ("Reference",),
    "audobon.model.suggestion": ("Suggestion",),
    "audobon.model.version": ("Diff", "Version"),
    "audobon.services.core.queue": ("Job",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'audobon' has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
