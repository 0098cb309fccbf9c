"""Colours of pictures: what is known of them, and looking for those that are not.

Whoever makes a preview tells its colours too. Libraries that were filled before
that was so have pictures without; the first question for a colour asks for them, by one job
that queues the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audobon.codec.colors import unpack_swatches
from audobon.model.asset import Asset
from audobon.model.color import COLORED, Swatch
from audobon.model.job import PRIORITIES, JobRow
from audobon.model.query import And, Node, Not, Or, Signal
from audobon.services.core.stores import Stores
from audobon.services.previews.frompreviews import ask_previews, read_previews
from audobon.work.executor import Executor

__all__ = ["asks_color", "colors", "colors_note", "look_for_colors"]

_IN_A_JOB = 1_000


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
    count = _unknown(stores)
    if not count:
        return ()
    if not stores.read_only and not stores.colors_asked:
        stores.colors_asked = True
        stores.jobs.submit(
            *("colors", {"all": True}), key="colors:all", priority=PRIORITIES["background"]
        )
        stores.start_worker()
    return (f"the colours of {count:,} pictures are not known yet",)


def _unknown(stores: Stores) -> int:
    asked = Signal("color", "?")
    return stores.index.search(asked, limit=0, sort="added", now=stores.now()).total


def look_for_colors(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> Any:
    """The job that reads colours out of previews, and the one that queues all of those."""
    if job.payload.get("all"):
        return _queue(stores, report, cancel)
    return read_previews(
        *(stores, job, executor, report, cancel), task="colors", keep=stores.catalog.set_colors
    )


def _queue(
    stores: Stores, report: Callable[[float], None], cancel: Callable[[], bool]
) -> dict[str, int]:
    """Ask for the colours of all pictures without them, a thousand at a time.

    In a question this took seconds where they are many; one that is stopped is begun anew by the
    next program that asks for a colour.
    """
    after, queued, many = 0, 0, max(1, _unknown(stores))
    while not cancel():
        assets = stores.catalog.without_colors(COLORED, after_key=after, limit=_IN_A_JOB)
        if not assets:
            break
        after, queued = assets[-1].key, queued + len(assets)
        ask_previews(stores, "colors", assets)
        report(min(1.0, queued / many))
    return {"queued": queued}
