"""What a pipeline feeds to one of its networks, written down in place of computing it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon.formats.render.whole import Whole, read_whole
from audobon.inference import atwork
from audobon.models.assemble import Step
from audobon.models.convert import NETWORK
from audobon.models.running import run_pipeline
from audobon.work.child import TaskContext

__all__ = ["fed"]


class _Fed(Exception):
    def __init__(self, feed: Mapping[str, Any]) -> None:
        super().__init__("the network is fed")
        self.feed = dict(feed)


def fed(
    payload: Mapping[str, Any], context: TaskContext, step: Step, tile: int
) -> dict[str, Any] | None:
    """The first that the network of ``step`` is fed with when a pipeline runs on a picture.

    ``payload`` is that of ``model.run``. A network that goes over pictures in tiles of ``tile``
    pixels is shown the middle: at the edge is less to see. None where it is never asked, as a
    network for lines of text in a picture without any.
    """

    def see(feed: Mapping[str, Any]) -> None:
        raise _Fed(feed)

    whole = _middle(read_whole(payload["path"], context.check), tile) if tile else None
    try:
        with atwork.watched(Path(step.folder) / NETWORK, see):
            run_pipeline(payload, context, whole)
    except _Fed as seen:
        return seen.feed
    return None


def _middle(whole: Whole, size: int) -> Whole:
    high, wide = whole.pixels.shape[:2]
    top, left = max(0, (high - size) // 2), max(0, (wide - size) // 2)
    pixels = whole.pixels[top : top + size, left : left + size].copy()
    return Whole(pixels, whole.kind, whole.alpha, whole.profile)
