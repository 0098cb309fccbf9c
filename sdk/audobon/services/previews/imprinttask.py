"""What a worker process does with imprints: finds out which are near each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.storage.vectors import ImprintStore

if TYPE_CHECKING:
    from audobon.storage.sqlite import Key

__all__ = ["compare"]


def compare(
    payload: Mapping[str, Any], check: Callable[[float], None], *, key: Key | None = None
) -> int:
    """``{store, base}``: compare what is new with all of it and note what is near; how many pairs.

    Whoever does the same at the same time notes the same. ``key`` opens the store.
    """
    from audobon.inference.pairing import near_pairs, rows_of

    path = Path(payload["store"])
    store = ImprintStore(path, base=Path(payload["base"]), key=key)
    try:
        last, compared = store.last(), store.compared()
        rows = store.all(last)
        numbers = [number for number, _ in rows]
        first = sum(number <= compared for number in numbers)
        data = rows_of([data for _, data in rows])
        pairs = near_pairs(data, first, check) if first < len(rows) else []
        noted = [(numbers[pair[0]], numbers[pair[1]], *pair[2:]) for pair in pairs]
        store.note(noted, up_to=last)
    finally:
        store.close()
    return len(pairs)
