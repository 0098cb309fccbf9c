"""How much there is in the catalog."""

from __future__ import annotations

from attrs import frozen

__all__ = ["CatalogStats"]


@frozen(slots=True)
class CatalogStats:
    """Counts. ``kinds`` and ``size`` (bytes) are those of the present assets.

    ``remote`` are assets whose files lie at a remote only; ``missing`` are not among them.
    """

    present: int
    missing: int
    remote: int
    removed: int
    size: int
    kinds: tuple[tuple[str, int], ...]
    tags: int
    catalogs: int
    relationships: int
    sets: int
    roots: int
    changes: int
