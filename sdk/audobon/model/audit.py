"""Entries of the audit log, and what its verification finds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

__all__ = ["AuditAnchor", "AuditEntry", "AuditProblem", "AuditReport"]


@frozen(slots=True)
class AuditEntry:
    """Who did what when to which assets.

    ``n`` counts from 1 without a gap. ``did`` is one word, ``what`` says it for people, ``assets``
    are ids, ``detail`` holds what else belongs to the act. ``hash`` (sha256, hex) covers the entry
    and, through the one before, all that came before it. ``time`` is UTC.
    """

    n: int
    time: datetime
    who: str
    did: str
    what: str
    assets: tuple[str, ...]
    detail: Mapping[str, str]
    hash: str


@frozen(slots=True)
class AuditAnchor:
    """That entry ``n`` of the log ``chain`` had this hash; ``where`` that is written down."""

    chain: str
    n: int
    hash: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.chain}:{self.n}:{self.hash}"


@frozen(slots=True)
class AuditProblem:
    """What is wrong, and with which entry (0: with none of them)."""

    n: int
    message: str


@frozen(slots=True)
class AuditReport:
    """``entries`` were read, ``head`` is the newest, None in an empty log.

    ``anchors`` of this log were compared; ``elsewhere`` names other logs that versions of this
    library are anchored in: those of clones, and one that was lost. ``redacted`` entries have
    lost what they said by a purge; their hashes still hold the chain together.
    """

    entries: int
    head: AuditAnchor | None
    anchors: int = 0
    elsewhere: tuple[str, ...] = ()
    problems: tuple[AuditProblem, ...] = field(default=())
    redacted: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems
