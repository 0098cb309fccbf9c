"""What the search index is fed with: the catalog's assets, as documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from audobon.model.asset import Asset, AttributeValue, ext_of
from audobon.model.color import COLORED
from audobon.storage.catalog import Catalog
from audobon.storage.catalog.rows import micros

if TYPE_CHECKING:
    from audobon.storage.catalog import FeedRow
    from audobon.storage.index import Document, Page

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

    def whole(self, after: int, limit: int) -> Page:
        from audobon.storage.index import Page

        rows = self._catalog.whole(after, limit)
        kinds = rows.kind
        both = zip(rows.digest, kinds, strict=True)
        digests = {digest for digest, kind in both if kind == "image"}
        seen = self._writing(digests) if digests else {}
        names = [path.rpartition("/")[2] for path in rows.path]
        colors = zip(rows.swatches, kinds, strict=True)
        return Page(
            key=rows.key,
            name=names,
            path=rows.path,
            root=rows.root,
            ext=[ext_of(name) for name in names],
            kind=kinds,
            format=rows.format,
            tags=rows.tags,
            words=rows.tag_words,
            catalogs=[_ancestors(catalog) for catalog in rows.catalog],
            rating=rows.rating,
            width=rows.width,
            height=rows.height,
            size=rows.size,
            added=rows.added,
            updated=rows.updated,
            used=rows.used,
            last_used=rows.last_used,
            note=rows.note,
            text=rows.text,
            seen=[seen.get(digest, "") for digest in rows.digest] if seen else [""] * len(names),
            attributes=[_text(each) if each else "" for each in rows.attributes],
            state=rows.state,
            swatches=[packed if kind in COLORED else b"" for packed, kind in colors],
            minor=[
                kind == "image" and _minor(name) for kind, name in zip(kinds, names, strict=True)
            ],
            bundle=rows.bundle,
            parts=rows.parts,
        )


def _document(row: FeedRow, asset: Asset, seen: Mapping[str, str]) -> Document:
    from audobon.storage.index import Document

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
        swatches=row.swatches if asset.kind in COLORED else b"",
        minor=asset.kind == "image" and _minor(asset.name),
    )


def _minor(name: str) -> bool:
    """Whether a picture's name says that it is a map, and not the colour.

    One that ends in metal shows metal more often than where a material is of it.
    """
    from audobon.services.core.texturenames import map_name, may_say

    if not may_say(name):
        return False
    said = map_name(name)
    role = "" if said is None else said.role
    return role not in ("", "color") and (role != "metallic" or _METAL.search(name) is None)


def _text(attributes: Mapping[str, AttributeValue]) -> str:
    return " ".join(_words(value) for value in attributes.values())


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=1_024)  # of the catalogs that a page has, each has many assets
def _ancestors(catalog: str | None) -> tuple[str, ...]:
    """``A/B/C`` to ``A``, ``A/B``, ``A/B/C``: a catalog's assets are found in its parents too."""
    if not catalog:
        return ()
    parts = catalog.split("/")
    return tuple("/".join(parts[: count + 1]) for count in range(len(parts)))
