"""What was used where, and saved queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from audobon.errors import Invalid, NotFound
from audobon.storage.catalog.edits import known_keys
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.names import clean_set, clean_text
from audobon.storage.catalog.rows import dump, micros, moment

if TYPE_CHECKING:
    from audobon.storage.catalog.values import SavedSet, Use, UseCount

__all__ = ["Usage"]

_MONTH = "strftime('%Y-%m', u.at / 1000000, 'unixepoch')"
_LIVE = "JOIN asset a ON a.key = u.asset AND a.state <> 'removed'"
_MOST = "count(*) DESC, max(u.at) DESC"
# What is counted, and what it is known by, where it is found, and its order.
_BY = {
    "asset": ("a.path", "a.id", _LIVE, _MOST),
    "tag": (
        *("t.name", "''"),
        f"{_LIVE} JOIN asset_tag s ON s.asset = a.key JOIN tag t ON t.key = s.tag",
        _MOST,
    ),
    "host": ("u.host", "''", "", _MOST),
    "kind": ("u.kind", "''", "", _MOST),
    "month": (_MONTH, "''", "", f"{_MONTH} DESC"),
}


class Usage(Part):
    """Uses of assets and saved sets: kept, but neither logged as changes nor undoable."""

    def record_use(self, ident: str, kind: str, host: str, now: datetime) -> None:
        """Note that ``host`` used an asset. NotFound for an unknown id, Invalid without a kind."""
        self.record_uses([(ident, kind)], host, now)

    def record_uses(
        self,
        uses: Sequence[tuple[str, str]],
        host: str,
        now: datetime,
        *,
        apart: timedelta = timedelta(0),
        once: Collection[str] = (),
    ) -> int:
        """Note uses, each an id and a kind, in one transaction; how many there were.

        One of a kind in ``once`` that the same host has noted less than
        ``apart`` ago is the same use. As :meth:`record_use`.
        """
        for ident, kind in uses:
            if not clean_text(kind, what="kind of use"):
                raise Invalid("a use needs a kind, such as link, append or open", subject=ident)
        clean_text(host, what="host")
        at, count = micros(now), 0
        with self.db.write():
            wanted = list(dict.fromkeys(ident for ident, _ in uses))
            keys = dict(zip(wanted, known_keys(self.db, wanted), strict=True))
            for ident, kind in uses:
                key = keys[ident]
                if kind in once and self._since(key, kind, host, at) < apart:
                    continue
                count += 1
                self.db.execute("UPDATE clock SET seq = seq + 1")  # no two assets share one
                self.db.execute(
                    "INSERT INTO usage_event VALUES (?, ?, ?, ?)", (key, kind, host, at)
                )
                self.db.execute(
                    "UPDATE asset SET used = used + 1, seq = (SELECT seq FROM clock), "
                    "last_used = max(coalesce(last_used, :at), :at) WHERE key = :key",
                    {"at": at, "key": key},
                )
        return count

    def _since(self, key: int, kind: str, host: str, at: int) -> timedelta:
        last = self.db.value(
            "SELECT max(at) FROM usage_event WHERE asset = ? AND kind = ? AND host = ?",
            (key, kind, host),
        )
        return timedelta.max if last is None else timedelta(microseconds=abs(at - last))

    def count_uses(
        self, by: str, *, kind: str = "", host: str = "", since: datetime | None = None, limit: int
    ) -> tuple[UseCount, ...]:
        """Uses by ``asset``, ``tag``, ``host``, ``kind`` or ``month``, the most first.

        Months come in their own order, the newest first. Uses of assets that
        were removed count for hosts, kinds and months only.
        """
        from audobon.storage.catalog.values import UseCount

        name, ident, joined, order = _BY[by]
        rows = self.db.rows(
            f"SELECT {name}, {ident}, count(*), max(u.at) FROM usage_event u {joined} "
            "WHERE (:kind = '' OR u.kind = :kind) AND (:host = '' OR u.host = :host) "
            f"AND u.at >= :since GROUP BY {name}, {ident} ORDER BY {order} LIMIT :limit",
            {"kind": kind, "host": host, "since": micros(since) if since else 0, "limit": limit},
        )
        return tuple(UseCount(name, count, moment(at), ident) for name, ident, count, at in rows)

    def forget_uses(self, before: datetime | None = None) -> int:
        """Remove all uses, or those before a moment, for good; how many there were.

        Assets count their uses anew by what is left.
        """
        end = (1 << 62) if before is None else micros(before)
        with self.db.write():
            gone = int(self.db.value("SELECT count(*) FROM usage_event WHERE at < ?", (end,)))
            keys = dump([k for (k,) in self.db.rows("SELECT DISTINCT asset FROM usage_event")])
            self.db.execute("DELETE FROM usage_event WHERE at < ?", (end,))
            changed = self.db.rows(
                "SELECT key FROM asset WHERE key IN (SELECT value FROM json_each(?))"
                " OR (? AND used > 0) ORDER BY seq",
                (keys, before is None),
            )
            seq = int(self.db.value("SELECT seq FROM clock"))
            self.db.many(
                "UPDATE asset SET seq = ?, "
                "used = (SELECT count(*) FROM usage_event u WHERE u.asset = asset.key), "
                "last_used = (SELECT max(at) FROM usage_event u WHERE u.asset = asset.key) "
                "WHERE key = ?",
                [(seq + number, key) for number, (key,) in enumerate(changed, 1)],
            )
            self.db.execute("UPDATE clock SET seq = ?", (seq + len(changed) + 1,))
        return gone

    def restore_uses(self, uses: Iterable[tuple[str, str, str, int]]) -> int:
        """Take uses from another catalog: ids, kinds, hosts and when; how many were of assets here.

        Only for a catalog that nobody has read on from: assets keep their seq.
        """
        keys: dict[str, int] = dict(self.db.rows("SELECT id, key FROM asset"))
        found = [use for use in uses if use[0] in keys]
        rows = [(keys[ident], *rest) for ident, *rest in found]
        with self.db.write():
            self.db.many("INSERT INTO usage_event VALUES (?, ?, ?, ?)", rows)
            self.db.many(
                "UPDATE asset SET "
                "used = (SELECT count(*) FROM usage_event u WHERE u.asset = asset.key), "
                "last_used = (SELECT max(at) FROM usage_event u WHERE u.asset = asset.key) "
                "WHERE key = ?",
                [(key,) for key in sorted({keys[ident] for ident, *_ in found})],
            )
        return len(rows)

    def usage(self, ident: str, *, limit: int = 100) -> tuple[Use, ...]:
        """The uses of an asset, the newest first."""
        from audobon.storage.catalog.values import Use

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
        from audobon.storage.catalog.values import SavedSet

        rows = self.db.rows("SELECT name, query FROM saved_set ORDER BY name")
        return tuple(SavedSet(*row) for row in rows)

    def remove_set(self, name: str) -> None:
        """Forget a saved set. NotFound when there is none of that name."""
        with self.db.write():
            self.db.execute("DELETE FROM saved_set WHERE name = ?", (name.strip(),))
            if not self.db.changed:
                raise NotFound(f"there is no set {name!r}", subject=name)
            self.db.execute("UPDATE clock SET seq = seq + 1")
