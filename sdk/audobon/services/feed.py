"""What the search index is fed with: the catalog's assets, as documents."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.codec.colors import unpack_swatches
from audobon.model.asset import Asset
from audobon.model.color import COLORED, Swatch
from audobon.storage.catalog import Catalog, FeedRow
from audobon.storage.catalog.rows import micros
from audobon.storage.index import Document

__all__ = ["CatalogFeed"]


class CatalogFeed:
    """The catalog as the index's feed (see ``Feed`` there for what it guarantees)."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def clock(self) -> int:
        return self._catalog.clock()

    def rows(self, since: int, limit: int) -> Sequence[tuple[int, int, Document | None]]:
        return [
            (row.seq, row.key, None if row.asset is None else _document(row, row.asset))
            for row in self._catalog.feed(since, limit)
        ]


def _document(row: FeedRow, asset: Asset) -> Document:
    return Document(
        key=asset.key,
        seq=row.seq,
        name=asset.name,
        path=asset.path,
        root=asset.root,
        ext=asset.ext,
        kind=asset.kind,
        format=asset.format,
        tags=row.tags,
        words=row.tag_words,
        catalogs=_ancestors(asset.catalog),
        catalog=asset.catalog,
        rating=asset.rating,
        width=asset.width,
        height=asset.height,
        size=asset.size,
        added=micros(asset.added),
        updated=micros(asset.updated),
        used=asset.used,
        last_used=micros(asset.last_used) if asset.last_used else 0,
        note=asset.note,
        text=asset.text,
        attributes=" ".join(_words(value) for value in asset.attributes.values()),
        state=asset.state,
        swatches=_swatches(row.swatches) if asset.kind in COLORED else (),
    )


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return value if isinstance(value, str) else ""


def _ancestors(catalog: str | None) -> tuple[str, ...]:
    """``A/B/C`` to ``A``, ``A/B``, ``A/B/C``: a catalog's assets are found in its parents too."""
    if not catalog:
        return ()
    parts = catalog.split("/")
    return tuple("/".join(parts[: count + 1]) for count in range(len(parts)))


def _swatches(packed: bytes | None) -> tuple[Swatch, ...] | None:
    return None if packed is None else unpack_swatches(packed)
