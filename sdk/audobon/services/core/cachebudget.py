"""How much each cache of a library may take: kept in its catalog, so every process keeps to it."""

from __future__ import annotations

from types import MappingProxyType

from audobon.errors import Invalid, NotFound
from audobon.services.core.resultcache import BUDGET as RESULTS
from audobon.storage.catalog import Catalog
from audobon.storage.previews import BUDGET as PREVIEWS

__all__ = ["BUDGETS", "LEAST", "budget", "need_name", "set_budget"]

_DETAILS = 512 << 20  # some thousand comparisons of pictures at their usual size

BUDGETS = MappingProxyType({"previews": PREVIEWS, "details": _DETAILS, "results": RESULTS})
"""What each may take where nobody has said otherwise, in bytes."""
LEAST = 16 << 20
"""Below this a grid would make its own pictures go: some 1,500 of 10 KB."""

_META = "cache-budget-{}"


def need_name(name: str) -> None:
    """NotFound, with those that there are, for a cache that is not one of them."""
    if name not in BUDGETS:
        raise NotFound(
            f"there is no cache {name!r}", subject=name, hint=f"there are {', '.join(BUDGETS)}"
        )


def budget(catalog: Catalog, name: str) -> int:
    """Bytes that a cache may take now."""
    text = catalog.meta(_META.format(name)) or ""
    return int(text) if text.isdecimal() else BUDGETS[name]


def set_budget(catalog: Catalog, name: str, size: int | None) -> None:
    """Say how much a cache may take; None for what is usual. Invalid below :data:`LEAST`."""
    need_name(name)
    if size is None:
        catalog.drop_meta(_META.format(name))
        return
    if size < LEAST:
        raise Invalid(
            f"a cache of {size} bytes is too small; it has {LEAST >> 20} MiB at least",
            subject=name,
            hint=f"'audobon cache clear {name}' empties it",
        )
    catalog.set_meta(_META.format(name), str(size))
