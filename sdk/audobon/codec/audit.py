"""The audit log as text: an entry as one line of JSON, its hash, and an anchor of it.

An entry is a JSON object with sorted names and no spaces; ``prev`` is the hash of the entry
before. Its hash is the sha256 of that text. In files the hash follows as the last member, so that
a line without it is the text again, byte by byte.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from audobon.codec.plain import time_text
from audobon.errors import Corrupt, Invalid

if TYPE_CHECKING:
    from audobon.model.audit import AuditAnchor, AuditEntry

__all__ = [
    "START",
    "audit_line",
    "audit_text",
    "is_redacted",
    "parse_anchor",
    "parse_line",
    "parse_text",
    "redacted_text",
    "text_hash",
]

START = "0" * 64
"""What the first entry has as the hash of the one before it."""

_ENDING = re.compile(r',"hash":"([0-9a-f]{64})"\}\Z')
_ANCHOR = re.compile(r"([0-9a-f]{16}):([0-9]{1,15}):([0-9a-f]{64})")
_GARBAGE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def audit_text(
    n: int,
    prev: str,
    *,
    time: datetime,
    who: str,
    did: str,
    what: str = "",
    assets: Sequence[str] = (),
    detail: Mapping[str, str] | None = None,
) -> str:
    """An entry as it is hashed. What stands at its default is left out."""
    entry: dict[str, Any] = {"n": n, "prev": prev, "at": time_text(time), "who": who, "did": did}
    entry |= {"what": what} if what else {}
    entry |= {"assets": list(assets)} if assets else {}
    entry |= {"detail": dict(detail)} if detail else {}
    text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def redacted_text(text: str) -> str:
    """An entry without what it said: number, hash of the one before, time, author and act stay."""
    data = json.loads(text)
    kept = {name: data[name] for name in ("n", "prev", "at", "who", "did")}
    return json.dumps(
        {**kept, "redacted": True}, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )


def is_redacted(text: str) -> bool:
    """Whether what an entry said was taken out of it, by its own words."""
    try:
        return json.loads(text).get("redacted") is True
    except _GARBAGE:
        return False


def text_hash(text: str) -> str:
    """The hash of an entry's text, in hex; also of one that holds what cannot be written."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def audit_line(text: str, hash: str) -> str:
    """An entry as a line of a file, without its end."""
    return f'{text[:-1]},"hash":"{hash}"}}'


def parse_line(line: str) -> tuple[str, str]:
    """Text and hash of a line; Corrupt where there is no hash at its end."""
    found = _ENDING.search(line)
    if found is None:
        raise Corrupt("the line does not end with the hash of an entry")
    return f"{line[: found.start()]}}}", found[1]


def parse_text(text: str, hash: str) -> tuple[AuditEntry, str]:
    """The entry, and the hash that it says the one before has. Corrupt when it is none."""
    from audobon.model.audit import AuditEntry

    try:
        data = json.loads(text)
        entry = AuditEntry(
            n=int(data["n"]),
            time=datetime.fromisoformat(data["at"]).astimezone(UTC),
            who=str(data["who"]),
            did=str(data["did"]),
            what=str(data.get("what", "")),
            assets=tuple(map(str, data.get("assets", ()))),
            detail={str(name): str(value) for name, value in data.get("detail", {}).items()},
            hash=hash,
        )
        return entry, str(data["prev"])
    except _GARBAGE as exc:
        raise Corrupt(f"the entry is no entry of an audit log: {exc}") from exc


def parse_anchor(text: str, *, where: str = "") -> AuditAnchor:
    """Read what ``str(anchor)`` gives. Invalid when it is something else."""
    from audobon.model.audit import AuditAnchor

    found = _ANCHOR.fullmatch(text.strip())
    if found is None:
        raise Invalid(
            f"{text!r} is no anchor of an audit log",
            subject=text,
            hint="'audobon audit' prints one: 16 digits, a number and 64 digits, with colons",
        )
    return AuditAnchor(found[1], int(found[2]), found[3], where)
