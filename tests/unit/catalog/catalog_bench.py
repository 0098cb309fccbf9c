"""A catalog with short ways to fill it and to compare it."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audobon.model.asset import Asset, Facts
from audobon.model.change import Change, Edit
from audobon.storage.catalog import Catalog, NewFile

START = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
ANN = "Ann <ann@example.org>"


class Bench:
    """A catalog with one root and a clock that ticks a second at every use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.catalog = Catalog.create(path, library_id="lib")
        self.root = self.catalog.add_root("art", "/srv/art")
        self._ticks = 0

    @property
    def now(self) -> datetime:
        self._ticks += 1
        return START + timedelta(seconds=self._ticks)

    def file(self, path: str, **other: object) -> NewFile:
        number = zlib.crc32(path.encode()) % 2**31
        values: dict[str, object] = {
            "root": self.root.key,
            "path": path,
            "size": 1000 + number % 1000,
            "mtime_ns": number,
            "partial": number.to_bytes(32, "big"),
            "digest": f"{number:064x}",
            "facts": Facts("image", "png", 64, 32, {"bits": 8, "space": "sRGB"}, "text of it"),
            **other,
        }
        return NewFile(**values)  # type: ignore[arg-type]

    def add(
        self, *paths: str, tags: tuple[str, ...] = (), catalog: str | None = None
    ) -> tuple[Asset, ...]:
        files = [self.file(path) for path in paths]
        return self.catalog.insert(files, tags=tags, catalog=catalog, author=ANN, now=self.now)

    def edit(self, assets: tuple[Asset, ...], **what: object) -> Change:
        edit = Edit(**what)  # type: ignore[arg-type]
        return self.catalog.edit([a.id for a in assets], edit, author=ANN, now=self.now)

    def undo(self) -> Change | None:
        return self.catalog.undo(author=ANN, now=self.now)

    def redo(self) -> Change | None:
        return self.catalog.redo(author=ANN, now=self.now)

    def again(self, asset: Asset) -> Asset:
        """The asset as it is now."""
        found = self.catalog.get(asset.id)
        assert found is not None
        return found

    @property
    def by(self) -> dict[str, object]:
        return {"author": ANN, "now": self.now}

    def reopen(self) -> None:
        self.catalog.close()
        self.catalog = Catalog.open(self.path)

    def state(self) -> object:
        """Everything that undo must bring back, as comparable data."""
        catalog = self.catalog
        assets = [
            (
                *(a.id, a.root, a.path, a.state, a.rating, a.note, a.catalog, a.tags, a.digest),
                sorted(a.attributes.items()),
                catalog.related(a.id),
            )
            for a in catalog.iterate(0, limit=10**6, states=("present", "missing", "removed"))
        ]
        decisions = catalog.db.rows("SELECT * FROM decision ORDER BY asset, fold")
        return assets, catalog.tags(), catalog.catalogs(), catalog.rules(), decisions
