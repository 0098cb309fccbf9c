"""What a scene offers, with the sizes of its things: read in a worker."""

from __future__ import annotations

from attrs import evolve

from audobon.formats.blend_boxes import blend_boxes
from audobon.formats.blend_offers import blend_offers
from audobon.formats.examine import examined
from audobon.model.scenecheck import SceneOffer

__all__ = ["offers_of"]


def offers_of(path: str, *, boxes: bool) -> tuple[SceneOffer, ...]:
    """``formats.blend_offers`` of a file, each with its box where they are asked for.

    BadFile, LimitExceeded; with boxes Unsupported for files of 32 bits.
    """
    offers = examined(path, "blend", blend_offers)
    if not boxes:
        return offers
    known = examined(path, "blend", blend_boxes)
    return tuple(evolve(one, box=known.get((one.kind, one.name))) for one in offers)
