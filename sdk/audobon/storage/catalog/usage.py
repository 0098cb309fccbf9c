"""What was used where, and saved queries."""

from __future__ import annotations

from datetime import datetime

from audobon.errors import Invalid, NotFound
from audobon.storage.catalog.edits import known_keys
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.names import clean_set, clean_text
from audobon.storage.catalog.rows import micros, moment
from audobon.storage.catalog.values import SavedSet, Use

__all__ = ["Usage"]


class Usage(Part):
    """Uses of assets and saved sets: kept, but neither logged as changes nor undoable."""

    def record_use(self, ident: str, kind: str, host: str, now: datetime) -> None:
        """Note that ``host`` used an asset. NotFound for an unknown id, Invalid without a kind."""
        if not clean_text(kind, what="kind of use"):
            raise Invalid("a use needs a kind, such as link, append or open", subject=ident)
        clean_text(host, what="host")
        at = micros(now)
        with self.db.write():
            (key,) = known_keys(self.db, [ident])
            self.db.execute("INSERT INTO usage_event VALUES (?, ?, ?, ?)", (key, kind, host, at))
            self.db.execute("UPDATE clock SET seq = seq + 1")
            self.db.execute(
                "UPDATE asset SET used = used + 1, last_used = max(coalesce(last_used, :at), :at), "
                "seq = (SELECT seq FROM clock) WHERE key = :key",
                {"at": at, "key": key},
            )

    def usage(self, ident: str, *, limit: int = 100) -> tuple[Use, ...]:
        """The uses of an asset, the newest first."""
        rows = self.db.rows(
            "SELECT u.kind, u.host, u.at FROM asset a JOIN usage_event u ON u.asset = a.key "
            "WHERE a.id = ? ORDER BY u.at DESC, u.rowid DESC LIMIT ?",
            (ident, limit),
        )
        return tuple(Use(kind, host, moment(at)) for kind, host, at in rows)

    def save_set(self, name: str, query: str) -> None:
        """Keep a query under a name, in place of the one it had."""
        cleaned = clean_set(name)
        clean_text(query, what="query")
        with self.db.write():
            self.db.execute("INSERT OR REPLACE INTO saved_set VALUES (?, ?)", (cleaned, query))
            self.db.execute("UPDATE clock SET seq = seq + 1")

    def sets(self) -> tuple[SavedSet, ...]:
        """All saved sets by name."""
        rows = self.db.rows("SELECT name, query FROM saved_set ORDER BY name")
        return tuple(SavedSet(*row) for row in rows)

    def remove_set(self, name: str) -> None:
        """Forget a saved set. NotFound when there is none of that name."""
        with self.db.write():
            self.db.execute("DELETE FROM saved_set WHERE name = ?", (name.strip(),))
            if not self.db.changed:
                raise NotFound(f"there is no set {name!r}", subject=name)
            self.db.execute("UPDATE clock SET seq = seq + 1")
