"""How an entry gets into the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from audobon.codec.audit import START, audit_text, text_hash
from audobon.storage.sqlite import Database

__all__ = ["append", "set_head"]


def append(
    db: Database,
    *,
    time: datetime,
    who: str,
    did: str,
    what: str = "",
    assets: Sequence[str] = (),
    detail: Mapping[str, str] | None = None,
) -> None:
    """Add an entry; inside a write transaction."""
    head = db.one("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")
    if head is None:
        chain = {"chain": uuid.uuid4().hex[:16]}
        first = audit_text(1, START, time=time, who=who, did="begin", detail=chain)
        head = (1, text_hash(first))
        db.execute("INSERT INTO audit VALUES (?, ?, ?)", (1, first, head[1]))
    n, prev = int(head[0]) + 1, str(head[1])
    text = audit_text(n, prev, time=time, who=who, did=did, what=what, assets=assets, detail=detail)
    db.execute("INSERT INTO audit VALUES (?, ?, ?)", (n, text, hash := text_hash(text)))
    set_head(db, n, hash)


def set_head(db: Database, n: int, hash: str) -> None:
    db.execute("INSERT OR REPLACE INTO audit_head VALUES (1, ?, ?)", (n, hash))
