"""The audit log: rows that are only ever added, each with the hash of the one before.

An entry is written in the transaction of the change that it tells of, so both are there or
neither is. ``docs/audit.md`` tells what that proves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from audobon.codec.audit import parse_text
from audobon.errors import Corrupt
from audobon.storage.catalog.audited import append, set_head
from audobon.storage.catalog.log import Part
from audobon.storage.sqlite import Row

if TYPE_CHECKING:
    from audobon.model.audit import AuditAnchor

__all__ = ["Auditing"]

_PAGE = 2000
_FAR = 1_000_000
"""More entries than can be missing between two that are there."""
_NEVER = 1 << 62


def _member(name: str) -> str:
    # An entry that somebody has changed may be no JSON any more.
    return f"iif(json_valid(entry), entry ->> '$.{name}', NULL)"


class Auditing(Part):
    """Part of the catalog."""

    def audit_add(
        self,
        did: str,
        what: str = "",
        *,
        author: str,
        now: datetime,
        assets: Sequence[str] = (),
        detail: Mapping[str, str] | None = None,
    ) -> None:
        """Add an entry for what is no change of the catalog."""
        with self.db.write():
            append(self.db, time=now, who=author, did=did, what=what, assets=assets, detail=detail)

    def audit_anchor(self) -> AuditAnchor | None:
        """The newest entry, durable on the disk; None while there is none."""
        from audobon.model.audit import AuditAnchor

        with self.db.read():
            head = self.db.one("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")
            chain = self.audit_chain()
        if head is None:
            return None
        if not self.db.read_only:
            self.db.settle()
        return AuditAnchor(chain, int(head[0]), str(head[1]))

    def audit_chain(self) -> str:
        """The name that the log's first entry gives it; empty when there is none that does."""
        row = self.db.one("SELECT entry, hash FROM audit WHERE n = 1")
        try:
            return parse_text(str(row[0]), str(row[1]))[0].detail["chain"] if row else ""
        except (Corrupt, KeyError):
            return ""

    def audit_head(self) -> tuple[int, str] | None:
        """Number and hash of the newest entry as they were noted beside the log."""
        row = self.db.one("SELECT n, hash FROM audit_head")
        return None if row is None else (int(row[0]), str(row[1]))

    def audit_rows(self, after: int = 0) -> Iterator[tuple[int, str, str]]:
        """Number, text and hash of the entries after one, in order.

        Corrupt where their numbers cannot be: a damaged table gives rows in any order and for
        ever, and a number far ahead would have the reader make room for all that is missing.
        """
        while rows := self._rows("WHERE n > ? ORDER BY n LIMIT ?", (after, _PAGE)):
            for n, text, hash in rows:
                if not after < int(n) <= after + _FAR:
                    raise Corrupt(
                        f"the audit log is damaged: behind entry {after} stands entry {n}",
                        subject=str(n),
                        hint="docs/audit.md tells what that means; audit.jsonl is a copy of it",
                    )
                after = int(n)
                yield after, str(text), str(hash)

    def audit_find(
        self,
        *,
        asset: str = "",
        who: str = "",
        did: Sequence[str] = (),
        since: str = "",
        until: str = "",
        before: int | None = None,
        limit: int = 100,
    ) -> list[tuple[int, str, str]]:
        """The newest entries that fit, newest first; times as they stand in entries."""
        where = ["n < ?"]
        params: list[object] = [_NEVER if before is None else before]
        if asset:
            where.append("instr(entry, ?)")
            params.append(f'"{asset}"')
        for name, sign, value in (("at", ">=", since), ("at", "<", until)):
            if value:
                where.append(f"{_member(name)} {sign} ?")
                params.append(value)
        if who:
            where.append(f"instr(lower({_member('who')}), lower(?))")
            params.append(who)
        if did:
            where.append(f"{_member('did')} IN ({','.join('?' * len(did))})")
            params.extend(did)
        order = f"WHERE {' AND '.join(where)} ORDER BY n DESC LIMIT ?"
        rows = self._rows(order, (*params, limit))
        return [(int(n), str(text), str(hash)) for n, text, hash in rows]

    def audit_carry(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Go on with the log of a catalog that is lost; before anything else is written."""
        with self.db.write():
            last = None
            for row in rows:
                self.db.execute("INSERT INTO audit VALUES (?, ?, ?)", row)
                last = row
            if last is not None:
                set_head(self.db, last[0], last[2])

    def _rows(self, clause: str, params: Sequence[object]) -> list[Row]:
        return self.db.rows(f"SELECT n, entry, hash FROM audit {clause}", params)
