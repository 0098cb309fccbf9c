"""Colours of pictures: what is known of them, and looking for those that are not.

Whoever makes a preview tells its colours too. Libraries that were filled before
that was so have pictures without; the first question for a colour asks for them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from audobon.codec.colors import unpack_swatches
from audobon.model.asset import Asset
from audobon.model.color import COLORED, Swatch
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.model.query import And, Node, Not, Or, Signal
from audobon.services.queue import DEFAULT_SIZE, queue_previews
from audobon.services.stores import Stores
from audobon.work.executor import Executor

__all__ = ["asks_color", "colors", "colors_note", "look_for_colors"]

_LIMITS = Limits(memory=1 << 30, cpu_s=120.0, wall_s=300.0, file=1 << 20)
_IN_A_JOB = 1_000
_AT_ONCE = 64


def colors(stores: Stores, asset: Asset) -> tuple[Swatch, ...] | None:
    """See ``Library.colors``."""
    found = stores.catalog.colors(asset.digest) if asset.digest else None
    return None if found is None else unpack_swatches(found)


def asks_color(node: Node) -> bool:
    """Whether a question is for a colour."""
    if isinstance(node, And | Or):
        return any(map(asks_color, node.parts))
    if isinstance(node, Not):
        return asks_color(node.part)
    return isinstance(node, Signal) and node.kind == "color"


def colors_note(stores: Stores) -> tuple[str, ...]:
    """How many pictures a question for a colour cannot know yet; the first one asks for them."""
    unknown = Signal("color", "?")
    count = stores.index.search(unknown, limit=0, sort="added", now=stores.now()).total
    if not count:
        return ()
    if not stores.read_only and not stores.colors_asked:
        stores.colors_asked = True
        _queue(stores)
    return (f"the colours of {count:,} pictures are not known yet",)


def _queue(stores: Stores) -> None:
    after = 0
    while assets := stores.catalog.without_colors(COLORED, after_key=after, limit=_IN_A_JOB):
        after = assets[-1].key
        known = stores.previews.known((each.digest, DEFAULT_SIZE) for each in assets if each.digest)
        there = [each for each in assets if (each.digest, DEFAULT_SIZE) in known]
        if there:
            stores.jobs.submit(
                "colors",
                {"digests": [each.digest for each in there]},
                key=f"colors:{there[0].digest}:{len(there)}",
                priority=PRIORITIES["background"],
            )
        queue_previews(
            stores, [each for each in assets if (each.digest, DEFAULT_SIZE) not in known]
        )
    stores.start_worker()


def look_for_colors(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> Any:
    """The job that reads colours out of previews."""
    digests: Sequence[str] = job.payload["digests"]  # type: ignore[assignment]
    found = 0
    for first in range(0, len(digests), _AT_ONCE):
        part = {
            each: stores.previews.get(each, DEFAULT_SIZE)
            for each in digests[first : first + _AT_ONCE]
        }
        pictures = {digest: data for digest, data in part.items() if data}
        if pictures:
            told = _told(list(pictures.values()), executor, cancel)
            stores.catalog.set_colors(dict(zip(pictures, told, strict=True)))
            found += len(told)
        report(min(1.0, (first + _AT_ONCE) / len(digests)))
    return {"read": found}


def _told(pictures: Sequence[bytes], executor: Executor, cancel: Callable[[], bool]) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
        path = Path(folder) / "previews"
        path.write_bytes(b"".join(pictures))
        payload = {"path": str(path), "lengths": [len(each) for each in pictures]}
        answer = executor.run("colors", payload, limits=_LIMITS, cancel=cancel)
    return [bytes.fromhex(each) for each in answer]
