"""The colours of pictures, by the content of their files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from audobon.model.asset import Asset
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import SELECT, dump, to_assets
from audobon.storage.sqlite import Database

__all__ = ["Colors", "colors_of"]


class Colors(Part):
    """To learn colours is no change: nothing is logged and nothing can be undone."""

    def set_colors(self, found: Mapping[str, bytes], *, kinds: Sequence[str]) -> None:
        """Colours by digest, packed; empty ones are known not to be there.

        Assets of these kinds get a new seq where their colours are others than before.
        """
        with self.db.write():
            known = colors_of(self.db, found)
            new = {digest: data for digest, data in found.items() if known.get(digest) != data}
            self.db.many("INSERT OR REPLACE INTO color VALUES (?, ?)", list(new.items()))
            told = [digest for digest, data in new.items() if data or known.get(digest)]
            keys = self.db.rows(
                "SELECT key FROM asset WHERE digest IN (SELECT value FROM json_each(?))"
                " AND digest <> '' AND state <> 'removed'"
                " AND kind IN (SELECT value FROM json_each(?)) ORDER BY key",
                (dump(told), dump(kinds)),
            )
            seq = int(self.db.value("SELECT seq FROM clock"))
            self.db.many(
                "UPDATE asset SET seq = ? WHERE key = ?",
                [(seq + number, key) for number, (key,) in enumerate(keys, 1)],
            )
            if keys:
                self.db.execute("UPDATE clock SET seq = ?", (seq + len(keys),))

    def colors(self, digest: str) -> bytes | None:
        """The colours of this content, packed; None where nobody has looked yet."""
        return colors_of(self.db, [digest]).get(digest)

    def without_colors(
        self, kinds: Sequence[str], *, after_key: int = 0, limit: int = 1_000
    ) -> tuple[Asset, ...]:
        """The next present assets of these kinds whose colours nobody has looked for, by key."""
        where = (
            "WHERE a.key > ? AND a.state = 'present' AND a.kind IN (SELECT value FROM json_each(?))"
            " AND NOT EXISTS (SELECT 1 FROM color k WHERE k.digest = a.digest)"
            " ORDER BY a.key LIMIT ?"
        )
        return to_assets(self.db.rows(f"{SELECT} {where}", (after_key, dump(kinds), limit)))

    def forget_colors(self) -> int:
        """Let go of the colours of contents that no asset has; how many there were."""
        with self.db.write():
            before = int(self.db.value("SELECT count(*) FROM color"))
            self.db.execute("DELETE FROM color WHERE digest NOT IN (SELECT digest FROM asset)")
            return before - int(self.db.value("SELECT count(*) FROM color"))


def colors_of(db: Database, digests: Collection[str]) -> dict[str, bytes]:
    """What is known, by digest."""
    return dict(
        db.rows(
            "SELECT digest, swatches FROM color WHERE digest IN (SELECT value FROM json_each(?))",
            (dump(list(digests)),),
        )
    )
