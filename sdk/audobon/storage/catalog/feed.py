"""What came after a point: for the search index and for the next version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from audobon.model.asset import Asset
from audobon.storage.catalog.bundles import Grouped, grouped
from audobon.storage.catalog.colors import colors_of, learn_something
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import SELECT, dump, to_assets
from audobon.storage.sqlite import Database
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.storage.catalog.values import FeedRow

__all__ = ["Feeding"]


class Feeding(Part):
    """Assets by the seq of their last change."""

    _words: tuple[int, _Words] | None = None

    def feed(self, since: int, limit: int = 5_000) -> tuple[FeedRow, ...]:
        """The next about ``limit`` assets by rising seq above ``since``, in any state.

        The seq of a row is that of the asset's last change, or of when the
        colours of its picture were learnt or its bundle changed, whichever came last. Assets of one
        content may share it; such rows always come together, so the last seq
        is where to go on from.
        """
        with self.db.read():
            while True:
                changed = to_assets(
                    self.db.rows(f"{SELECT} WHERE a.seq > ? ORDER BY a.seq LIMIT ?", (since, limit))
                )
                learnt = self.db.rows(
                    "SELECT digest, seq FROM color WHERE seq > ? ORDER BY seq LIMIT ?",
                    (since, limit),
                )
                bundled = self.db.rows(
                    "SELECT asset, seq FROM bundle WHERE seq <> 0 AND seq > ? ORDER BY seq LIMIT ?",
                    (since, limit),
                )
                if not changed and not learnt and not bundled:
                    return ()
                # All are read as far as the shortest one reaches.
                ends = [changed[-1].seq] if len(changed) == limit else []
                ends += [some[-1][1] for some in (learnt, bundled) if len(some) == limit]
                end = min(ends, default=None)
                rows = self._rows_to(
                    end, changed, [digest for digest, _ in learnt], [key for key, _ in bundled]
                )
                if rows:
                    words = self._vocabulary()
                    return tuple([words.row(*row) for row in rows])
                if end is None:
                    return ()
                since = end

    def _rows_to(
        self,
        end: int | None,
        changed: Sequence[Asset],
        learnt: Sequence[str],
        bundled: Sequence[int],
    ) -> list[tuple[Asset, int, bytes | None, Grouped | None]]:
        """Assets with their seqs up to ``end``, their colours and bundles, by rising seq."""
        where = "WHERE a.digest IN (SELECT value FROM json_each(?)) AND a.digest <> ''"
        also = to_assets(self.db.rows(f"{SELECT} {where}", (dump(list(learnt)),)))
        if bundled:
            keys = "WHERE a.key IN (SELECT value FROM json_each(?))"
            also += to_assets(self.db.rows(f"{SELECT} {keys}", (dump(list(bundled)),)))
        assets = {asset.key: asset for asset in (*changed, *also)}
        colors = colors_of(self.db, {asset.digest for asset in assets.values()})
        groups = grouped(self.db, assets)
        rows = []
        for asset in assets.values():
            swatches, seq = colors.get(asset.digest, (None, 0))
            group = groups.get(asset.key)
            seq = max(asset.seq, seq, 0 if group is None else group.seq)
            rows.append((asset, seq, swatches, group))
        return sorted(
            (row for row in rows if end is None or row[1] <= end),
            key=lambda row: (row[1], row[0].key),
        )

    def feed_again(self, digests: Collection[str]) -> None:
        """Have the assets of these contents come by once more: something was learnt of them.

        That is no change, and assets keep their seq: what is known by content alone is kept
        elsewhere.
        """
        with self.db.write():
            learn_something(self.db, digests)

    def dirty(self, since: int) -> tuple[Asset, ...]:
        """All assets with a seq above ``since``, by rising seq, removed ones included."""
        return to_assets(self.db.rows(f"{SELECT} WHERE a.seq > ? ORDER BY a.seq", (since,)))

    def count_since(self, since: int) -> int:
        """How many assets have a seq above ``since``."""
        return int(self.db.value("SELECT count(*) FROM asset WHERE seq > ?", (since,)))

    def dirty_keys(self, since: int) -> tuple[int, ...]:
        """The keys of :meth:`dirty`; a hundred thousand of them take some 20 ms."""
        return tuple(k for (k,) in self.db.rows("SELECT key FROM asset WHERE seq > ?", (since,)))

    def changed(self, since: int, *, removed: bool) -> int:
        """How many assets changed after ``since``, ``removed`` ones included or not.

        One that was used has a newer seq too, but is what it was.
        """
        query = (
            "SELECT count(*) FROM asset WHERE seq > ?1 AND (?2 OR state != 'removed') "
            "AND (?1 = 0 OR key IN (SELECT i.key FROM change c JOIN change_item i "
            "ON i.change = c.id WHERE c.seq > ?1 AND i.what IN ('asset', 'edge', 'decision')))"
        )
        return int(self.db.value(query, (since, removed)))

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
        names = {key: name for key, (name, _) in tags.items()}
        self._places = {name: place for place, name in enumerate(sorted(names.values(), key=fold))}
        for name, parent in tags.values():
            line = [name]
            while parent is not None:
                above, parent = tags[parent]
                line.append(above)
            self._lines[name] = tuple(line)
        for key, alias in db.rows("SELECT tag, alias FROM tag_alias ORDER BY fold"):
            name = tags[key][0]
            self._words[name] = (*self._words[name], alias)
        # What most tags are: under none, and with no other word.
        self._plain = {name for name in self._lines if self._lines[name] == self._words[name]}
        self._by_text = {str(key): name for key, name in names.items()}

    def row(self, asset: Asset, seq: int, swatches: bytes | None, group: Grouped | None) -> FeedRow:
        from audobon.storage.catalog.values import FeedRow

        if asset.state == "removed":
            return FeedRow(seq, asset.key, None)
        return FeedRow(
            *(seq, asset.key, asset, *self._of(asset.tags), swatches),
            *(("", ()) if group is None else (group.bundle, group.parts)),
        )

    def of_text(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """All tags of an asset with those above them, and their words; by the keys of its own
        with commas between."""
        if not text:
            return (), ()
        names = [self._by_text[key] for key in text.split(",")]
        if len(names) > 1:
            names.sort(key=self._places.__getitem__)
            if self._plain.issuperset(names):
                plain = tuple(names)
                return plain, plain
        return self._of(names)

    def _of(self, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not names:
            return (), ()
        if len(names) == 1:
            return self._lines[names[0]], self._words[names[0]]
        lines = [above for name in names for above in self._lines[name]]
        words = [word for name in names for word in self._words[name]]
        return tuple(dict.fromkeys(lines)), tuple(dict.fromkeys(words))
