"""What came after a point: for the search index and for the next version."""

from __future__ import annotations

from audobon.model.asset import Asset
from audobon.storage.catalog.colors import colors_of
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import SELECT, to_assets
from audobon.storage.catalog.values import FeedRow
from audobon.storage.sqlite import Database

__all__ = ["Feeding"]


class Feeding(Part):
    """Assets by the seq of their last change."""

    _words: tuple[int, _Words] | None = None

    def feed(self, since: int, limit: int = 5_000) -> tuple[FeedRow, ...]:
        """The next ``limit`` assets with a seq above ``since``, by rising seq, in any state.

        No two assets share a seq, so the last one is where to go on from.
        """
        with self.db.read():
            rows = self.db.rows(f"{SELECT} WHERE a.seq > ? ORDER BY a.seq LIMIT ?", (since, limit))
            if not rows:
                return ()
            words = self._vocabulary()
            assets = to_assets(rows)
            colors = colors_of(self.db, {asset.digest for asset in assets})
        return tuple([words.row(asset, colors.get(asset.digest)) for asset in assets])

    def dirty(self, since: int) -> tuple[Asset, ...]:
        """All assets with a seq above ``since``, by rising seq, removed ones included."""
        return to_assets(self.db.rows(f"{SELECT} WHERE a.seq > ? ORDER BY a.seq", (since,)))

    def count_since(self, since: int) -> int:
        """How many assets have a seq above ``since``."""
        return int(self.db.value("SELECT count(*) FROM asset WHERE seq > ?", (since,)))

    def dirty_keys(self, since: int) -> tuple[int, ...]:
        """The keys of :meth:`dirty`; a hundred thousand of them take some 20 ms."""
        return tuple(k for (k,) in self.db.rows("SELECT key FROM asset WHERE seq > ?", (since,)))

    def _vocabulary(self) -> _Words:
        """Read again only when a tag changed: every search asks for the newest rows."""
        seq = self.db.value("SELECT words FROM clock")
        cached = self._words
        if cached is None or cached[0] != seq:
            cached = (seq, _Words(self.db))
            self._words = cached
        return cached[1]


class _Words:
    """For each tag, by name: itself and all tags above it; itself and the other words for it."""

    def __init__(self, db: Database) -> None:
        tags: dict[int, tuple[str, int | None]] = {
            key: (name, parent)
            for key, name, parent in db.rows("SELECT key, name, parent FROM tag")
        }
        self._lines: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, tuple[str, ...]] = {name: (name,) for name, _ in tags.values()}
        for name, parent in tags.values():
            line = [name]
            while parent is not None:
                above, parent = tags[parent]
                line.append(above)
            self._lines[name] = tuple(line)
        for key, alias in db.rows("SELECT tag, alias FROM tag_alias ORDER BY fold"):
            name = tags[key][0]
            self._words[name] = (*self._words[name], alias)

    def row(self, asset: Asset, swatches: bytes | None) -> FeedRow:
        if asset.state == "removed":
            return FeedRow(asset.seq, asset.key, None)
        lines = (above for name in asset.tags for above in self._lines[name])
        words = (word for name in asset.tags for word in self._words[name])
        return FeedRow(
            *(asset.seq, asset.key, asset),
            *(tuple(dict.fromkeys(lines)), tuple(dict.fromkeys(words)), swatches),
        )
