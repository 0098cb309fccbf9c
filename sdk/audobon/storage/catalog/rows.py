"""Rows to models and back: times, JSON columns, the hash of a row."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from audobon.errors import Corrupt
from audobon.model.asset import Asset, AttributeValue
from audobon.storage.sqlite import MEND_HINT, Database, Row
from audobon.system.names import fold, os_path

__all__ = [
    "FUNCTIONS",
    "GARBAGE",
    "HASHED",
    "LEFT",
    "SELECT",
    "STATE",
    "attributes_of",
    "damaged",
    "dump",
    "load",
    "micros",
    "moment",
    "pack_attributes",
    "row_hash",
    "select_by_key",
    "text_of",
    "to_asset",
    "to_assets",
]

LEFT = -1
"""The time stamp of an asset that the library's version does not have, in ns.

It counts as removed, but not by a person: a file at its path is another asset.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_NO_ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType({})

STATE = (
    "iif(a.state = 'missing' AND EXISTS (SELECT 1 FROM meta m WHERE m.key = 'away ' || a.id), "
    "'remote', a.state)"
)
"""The state as it is told: what is missing because its file is at a remote only (``away``)."""

SELECT = f"""
SELECT a.key, a.id, r.name, a.path, r.folder, a.kind, a.format, a.size, a.mtime_ns, a.digest,
       a.width, a.height, a.rating, c.path,
       (SELECT group_concat(t.name, char(31)) FROM asset_tag x JOIN tag t ON t.key = x.tag
        WHERE x.asset = a.key),
       a.facts, a.attributes, a.text, a.note, a.added, a.updated, a.used, a.last_used,
       {STATE}, a.seq
FROM asset a JOIN root r ON r.key = a.root LEFT JOIN catalog c ON c.key = a.catalog
"""
"""All of an asset; names of tags hold no control character, so one can part them."""


def micros(time: datetime) -> int:
    """A time with a zone as whole microseconds since 1970 UTC."""
    return (time - _EPOCH) // _TICK


def moment(value: int) -> datetime:
    """Inverse of :func:`micros`, in UTC."""
    return _EPOCH + timedelta(0, 0, value)  # by position: a third quicker


GARBAGE = (ValueError, TypeError, AttributeError, OverflowError)
"""What reading a row raises that holds what was never written."""


def damaged(what: str, error: Exception | str, *, subject: str = "") -> Corrupt:
    """The error for a part of the catalog that holds what was never written."""
    return Corrupt(f"the catalog's {what} is damaged: {error}", subject=subject, hint=MEND_HINT)


def to_asset(row: Row) -> Asset:
    """A row of :data:`SELECT` as the model; Corrupt where it holds what was never written."""
    try:
        return _asset(row)
    except GARBAGE as exc:
        raise damaged(f"row {row[0]}", exc, subject=str(row[1])) from exc


def _asset(row: Row) -> Asset:
    (key, ident, root, path, folder, kind, format_, size, mtime_ns, digest, width, height) = row[
        :12
    ]
    (rating, catalog, tags, facts, own, text, note, added, updated, used, last_used) = row[12:23]
    if tags is None:
        names: tuple[str, ...] = ()
    elif "\x1f" in tags:
        # What folds to lower case only is not asked for name by name.
        folded = str.lower if tags.isascii() else fold
        names = tuple(sorted(tags.split("\x1f"), key=folded))
    else:
        names = (tags,)
    since = moment(added)
    # By position: a third of the time of reading a row goes into this call.
    return Asset(
        key,
        ident,
        root,
        path,
        os_path(f"{folder}{path}" if folder.endswith("/") else f"{folder}/{path}"),
        kind,
        format_,
        size,
        mtime_ns,
        digest,
        width,
        height,
        rating,
        catalog,
        names,
        attributes_of(facts, own),
        text,
        note,
        since,
        since if updated == added else moment(updated),
        used,
        None if last_used is None else moment(last_used),
        row[23],
        row[24],
    )


def to_assets(rows: Iterable[Row]) -> tuple[Asset, ...]:
    return tuple([to_asset(row) for row in rows])


def select_by_key(db: Database, keys: Sequence[int]) -> tuple[Asset, ...]:
    """The assets of these keys in this order; unknown keys are left out."""
    # A JSON array has no limit on its length, as a list of parameters has.
    rows = db.rows(f"{SELECT} WHERE a.key IN (SELECT value FROM json_each(?))", (dump(keys),))
    found = {row[0]: row for row in rows}
    return to_assets(found[key] for key in keys if key in found)


def attributes_of(facts: str, own: str) -> Mapping[str, AttributeValue]:
    """What a file says of itself, with what people said instead: two columns of JSON."""
    if facts == own == "{}":
        return _NO_ATTRIBUTES
    merged: dict[str, Any] = {**load(facts), **load(own)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in merged.items()
        if value is not None  # a fact of the file that the user took away
    }


def dump(value: object) -> str:
    """Compact JSON with sorted names, so that equal values give equal text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def load(text: str) -> dict[str, Any]:
    """A JSON object that :func:`dump` wrote; Corrupt when it is not."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError) as exc:
        raise damaged("JSON", exc) from exc
    if not isinstance(value, dict):
        raise damaged("JSON", f"{text!r} is no object")
    return value


def pack_attributes(attributes: Mapping[str, AttributeValue]) -> str:
    """Facts of a file as JSON. What JSON cannot hold (infinity, not-a-number) is left out."""
    if not attributes:
        return "{}"
    return dump(
        {
            text_of(name): text_of(value) if isinstance(value, str) else value
            for name, value in attributes.items()
            if not (isinstance(value, float) and not math.isfinite(value))
        }
    )


def text_of(text: str) -> str:
    """Text from a file as SQLite can hold it: lone surrogates become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


HASHED = """
id, root, path, size, state, path_fold, kind, format, partial, digest, width, height,
rating, catalog, added, facts, attributes, mixed, note, text,
(SELECT group_concat(x.tag) FROM asset_tag x WHERE x.asset = asset.key)
"""
"""What the hash of a row covers: all but its own bookkeeping (times of change, seq, uses)."""


def row_hash(*values: object) -> int:
    """64 bits of blake2b over the columns of :data:`HASHED`, as a signed integer."""
    # Built by hand: repr() of text is not the same in every version of Python.
    joined = b"\x1f".join(
        [
            value.encode()
            if isinstance(value, str)
            else (value if isinstance(value, bytes) else str(value).encode())
            for value in values
        ]
    )
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "big", signed=True)


FUNCTIONS = {"row_hash": row_hash}
