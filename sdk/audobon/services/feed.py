"""What the search index is fed with: the catalog's assets, as documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from audobon.codec.colors import unpack_swatches
from audobon.model.asset import Asset, AttributeValue, ext_of
from audobon.model.color import COLORED, Swatch
from audobon.services.texturenames import map_name
from audobon.storage.catalog import Catalog, FeedRow, WholeRow
from audobon.storage.catalog.rows import micros
from audobon.storage.index import Document

__all__ = ["CatalogFeed"]

Writing = Callable[[Collection[str]], Mapping[str, str]]


def _nothing(_digests: Collection[str]) -> Mapping[str, str]:
    return {}


_METAL = re.compile(r"metal(?!l|n)", re.IGNORECASE)


class CatalogFeed:
    """The catalog as the index's feed (see ``Feed`` there for what it guarantees)."""

    def __init__(self, catalog: Catalog, writing: Writing = _nothing) -> None:
        """``writing`` gives what is written in pictures, by the digests of their files."""
        self._catalog, self._writing = catalog, writing

    def clock(self) -> int:
        return self._catalog.clock()

    def rows(self, since: int, limit: int) -> Sequence[tuple[int, int, Document | None]]:
        rows = self._catalog.feed(since, limit)
        digests = {row.asset.digest for row in rows if row.asset and row.asset.kind == "image"}
        seen = self._writing(digests) if digests else {}
        return [
            (row.seq, row.key, None if row.asset is None else _document(row, row.asset, seen))
            for row in rows
        ]

    def whole(self, after: int, limit: int) -> Sequence[Document]:
        rows = self._catalog.whole(after, limit)
        digests = {row.digest for row in rows if row.kind == "image"}
        seen = self._writing(digests) if digests else {}
        return [_whole_document(row, seen) for row in rows]


def _document(row: FeedRow, asset: Asset, seen: Mapping[str, str]) -> Document:
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
        seen=seen.get(asset.digest, ""),
        attributes=_text(asset.attributes),
        state=asset.state,
        bundle=row.bundle,
        parts=row.parts,
        swatches=_swatches(row.swatches) if asset.kind in COLORED else (),
        minor=asset.kind == "image" and _minor(asset.name),
    )


def _whole_document(row: WholeRow, seen: Mapping[str, str]) -> Document:
    """The same, of a row that never was an asset."""
    name = row.path.rpartition("/")[2]
    return Document(
        key=row.key,
        seq=row.seq,
        name=name,
        path=row.path,
        root=row.root,
        ext=ext_of(name),
        kind=row.kind,
        format=row.format,
        tags=row.tags,
        words=row.tag_words,
        catalogs=_ancestors(row.catalog),
        catalog=row.catalog,
        rating=row.rating,
        width=row.width,
        height=row.height,
        size=row.size,
        added=row.added,
        updated=row.updated,
        used=row.used,
        last_used=row.last_used,
        note=row.note,
        text=row.text,
        seen=seen.get(row.digest, "") if seen else "",
        attributes=_text(row.attributes) if row.attributes else "",
        state=row.state,
        bundle=row.bundle,
        parts=row.parts,
        swatches=_swatches(row.swatches) if row.kind in COLORED else (),
        minor=row.kind == "image" and _minor(name),
    )


def _minor(name: str) -> bool:
    """Whether a picture's name says that it is a map, and not the colour.

    One that ends in metal shows metal more often than where a material is of it.
    """
    said = map_name(name)
    role = "" if said is None else said.role
    return role not in ("", "color") and (role != "metallic" or _METAL.search(name) is None)


def _text(attributes: Mapping[str, AttributeValue]) -> str:
    return " ".join(_words(value) for value in attributes.values())


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
