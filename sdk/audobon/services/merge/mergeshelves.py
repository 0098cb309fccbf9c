"""A catalog that one side renamed or moved takes along what the other put into it meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve

from audobon.services.merge.outcome import Outcome
from audobon.services.versioning.compare import Pair

__all__ = ["follow_moves", "moved_catalogs"]


def moved_catalogs(
    pairs: Iterable[Pair], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, str]:
    """From the old path of a catalog to its new one, told by where its assets went.

    ``pairs`` are assets as the base and one side have them, the two records
    theirs. A catalog has moved when it is gone, and all assets that left it
    lie in one that was not there before.
    """
    old, new = (set(record.get("catalogs", ())) for record in (before, after))
    went: dict[str, set[str | None]] = {}
    for was, now in pairs:
        if was is not None and now is not None and was.catalog in old - new:
            went.setdefault(str(was.catalog), set()).add(now.catalog)
    return {
        path: str(next(iter(places)))
        for path, places in went.items()
        if len(places) == 1 and next(iter(places)) in new - old
    }


def follow_moves(
    outcome: Outcome,
    records: Sequence[Mapping[str, Any]],
    ours: Sequence[Pair],
    theirs: Sequence[Pair],
) -> None:
    """Put assets into the moved catalogs. ``records`` are those of base, ours and theirs."""
    by_theirs = moved_catalogs(theirs, records[0], records[2])
    by_ours = moved_catalogs(ours, records[0], records[1])
    if by_theirs:
        for _, now in ours:
            if now is not None and now.catalog in by_theirs and now.id not in outcome.pairs:
                outcome.pairs[now.id] = (now, now)
    for ident, (before, after) in list(outcome.pairs.items()):
        if after is not None and after.catalog is not None:
            place = by_theirs.get(after.catalog) or by_ours.get(after.catalog)
            if place is not None:
                outcome.pairs[ident] = (before, evolve(after, catalog=place))
