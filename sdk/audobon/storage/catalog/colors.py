"""The colours of pictures, by the content of their files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from audobon.model.asset import Asset
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import SELECT, dump, to_assets
from audobon.storage.sqlite import Database

__all__ = ["UNKNOWN", "Colors", "colors_of", "learn_again", "learn_something"]


UNKNOWN = b"?"
"""Stands where something else was learnt of a content, but not its colours: those are packed in
four bytes each."""


class Colors(Part):
    """To learn colours is no change: assets stay as they are, and nothing is to be undone."""

    def set_colors(self, found: Mapping[str, bytes]) -> None:
        """Colours by digest, packed; empty ones are known not to be there."""
        with self.db.write():
            known = colors_of(self.db, found)
            new = [
                (digest, data)
                for digest, data in found.items()
                if digest not in known or known[digest][0] != data
            ]
            seq = int(self.db.value("SELECT seq FROM clock"))
            self.db.many(
                "INSERT OR REPLACE INTO color VALUES (?, ?, ?)",
                [(*each, seq + number) for number, each in enumerate(new, 1)],
            )
            self.db.execute("UPDATE clock SET seq = ?", (seq + len(new),))

    def colors(self, digest: str) -> bytes | None:
        """The colours of this content, packed; None where nobody has looked yet."""
        found = colors_of(self.db, [digest]).get(digest)
        return None if found is None else found[0]

    def without_colors(
        self, kinds: Sequence[str], *, after_key: int = 0, limit: int = 1_000
    ) -> tuple[Asset, ...]:
        """The next present assets of these kinds whose colours nobody has looked for, by key."""
        where = (
            "WHERE a.key > ? AND a.state = 'present' AND a.kind IN (SELECT value FROM json_each(?))"
            " AND NOT EXISTS (SELECT 1 FROM color k WHERE k.digest = a.digest AND k.swatches <> ?)"
            " ORDER BY a.key LIMIT ?"
        )
        given = (after_key, dump(kinds), UNKNOWN, limit)
        return to_assets(self.db.rows(f"{SELECT} {where}", given))

    def forget_colors(self) -> int:
        """Let go of the colours of contents that no asset has; how many there were."""
        with self.db.write():
            before = int(self.db.value("SELECT count(*) FROM color"))
            self.db.execute("DELETE FROM color WHERE digest NOT IN (SELECT digest FROM asset)")
            return before - int(self.db.value("SELECT count(*) FROM color"))


def colors_of(db: Database, digests: Collection[str]) -> dict[str, tuple[bytes | None, int]]:
    """What is known, by digest, with the seq of when it was learnt; None for no colours yet."""
    rows = db.rows(
        "SELECT digest, swatches, seq FROM color WHERE digest IN (SELECT value FROM json_each(?))",
        (dump(list(digests)),),
    )
    return {
        digest: (None if swatches == UNKNOWN else swatches, seq) for digest, swatches, seq in rows
    }


def learn_again(db: Database, digests: Collection[str]) -> None:
    """Other assets have these contents now: whoever reads on from a seq meets the colours again."""
    for digest in sorted(colors_of(db, digests)):
        db.execute("UPDATE clock SET seq = seq + 1")
        db.execute("UPDATE color SET seq = (SELECT seq FROM clock) WHERE digest = ?", (digest,))


def learn_something(db: Database, digests: Collection[str]) -> None:
    """Something else was learnt of these contents: whoever reads on from a seq meets them again."""
    db.many(
        "INSERT OR IGNORE INTO color VALUES (?, ?, 0)",
        [(digest, UNKNOWN) for digest in sorted(set(digests)) if digest],
    )
    learn_again(db, digests)
