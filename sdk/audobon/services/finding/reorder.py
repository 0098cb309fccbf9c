"""The nearest pictures in the order of the likeness that a library has learnt."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable

from attrs import evolve

from audobon.model.job import Limits
from audobon.model.taught import LIKENESS
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import Nearest
from audobon.storage.vectors import VectorStore

__all__ = ["REORDERED", "mark_of", "reordered"]

REORDERED = 200
"""The nearest that are put into the order that was learnt: what lies behind them was never close,
and to look through all of them in this way would need a second matrix of the library."""
_LIMITS = Limits(memory=4 << 30, cpu_s=60.0, wall_s=60.0, file=1 << 20)

Cancel = Callable[[], bool]


def mark_of(stores: Stores) -> int:
    """The version in use, 0 for none: what was ranked by another one is out of date."""
    return stores.catalog.used_version(LIKENESS)


def _in_use(stores: Stores) -> tuple[str, str] | None:
    """The space and the weights, in base64, of the version in use; read once while it is."""
    version = mark_of(stores)
    if not version:
        return None
    known = stores.remembered.get("likeness")
    if isinstance(known, tuple) and known[0] == version:
        return known[1]  # type: ignore[no-any-return]
    used = next((each for each in stores.catalog.taught(LIKENESS) if each.used), None)
    if used is None:  # another process has just taken it back
        return None
    weights = base64.b64encode(stores.catalog.taught_weights(used)).decode("ascii")
    stores.remembered["likeness"] = (version, (used.space, weights))
    return used.space, weights


def reordered(
    stores: Stores, store: VectorStore, half: bytes, nearest: Nearest, cancel: Cancel | None = None
) -> Nearest:
    """The nearest pictures by the likeness in use, as far as they are among the first; as they
    are where none is in use, or one that was learnt on what another model sees. Each keeps the
    likeness that it has for the model."""
    used = _in_use(stores)
    first, rest = nearest.found[:REORDERED], nearest.found[REORDERED:]
    if used is None or used[0] != store.path.stem or not first:
        return nearest
    task = {
        "store": str(store.path),
        "weights": used[1],
        "vector": base64.b64encode(half).decode("ascii"),
        "contents": base64.b64encode(b"".join(content for content, _ in first)).decode("ascii"),
    }
    made = stores.looking.run("likeness.order", task, limits=_LIMITS, cancel=cancel)
    data = base64.b64decode(made)
    said = struct.unpack(f"<{len(data) // 4}f", data)
    order = sorted(zip(first, said, strict=True), key=lambda each: -each[1])
    return evolve(nearest, found=(*(pair for pair, _ in order), *rest))
