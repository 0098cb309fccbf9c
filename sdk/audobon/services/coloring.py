"""Colours of pictures: what is known of them, and looking for those that are not.

Whoever makes a preview tells its colours too. Libraries that were filled before
that was so have pictures without; the first question for a colour asks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audobon.codec.colors import unpack_swatches
from audobon.model.asset import Asset
from audobon.model.color import COLORED, Swatch
from audobon.model.job import JobRow
from audobon.model.query import And, Node, Not, Or, Signal
from audobon.services.frompreviews import ask_previews, read_previews
from audobon.services.stores import Stores
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
        ask_previews(stores, "colors", assets)
    stores.start_worker()


def look_for_colors(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> Any:
    """The job that reads colours out of previews."""
    return read_previews(
        *(stores, job, executor, report, cancel), task="colors", keep=stores.catalog.set_colors
    )
