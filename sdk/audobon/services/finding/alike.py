"""Pictures that look alike: by the vectors of the pipeline ``embed``, as far as they are known."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from audobon.model.asset import Asset
from audobon.model.likeness import Alike, Likeness
from audobon.model.region import Region
from audobon.services.core.stores import Stores
from audobon.services.finding.reorder import reordered
from audobon.services.pipelines.nearness import (
    nearest_contents,
    picture_space,
    picture_vector,
)
from audobon.services.pipelines.unseen import unseen_pictures

__all__ = ["similar"]

_SPARE = 2  # contents for each picture that is wanted: some are of no asset any more
_MORE = 50


def similar(
    stores: Stores,
    subject: Asset | str | os.PathLike[str],
    *,
    raw: Mapping[str, Any] | None,
    region: Region | None,
    limit: int,
    cancel: Callable[[], bool],
) -> Likeness:
    """See ``Library.similar``."""
    half = picture_vector(stores, subject, raw=raw, region=region, cancel=cancel)
    space = picture_space(stores)
    nearest = nearest_contents(stores, space, half, _SPARE * limit + _MORE, cancel=cancel)
    found = reordered(stores, space, half, nearest, cancel).found
    holders = stores.catalog.ever_holders([content.hex() for content, _ in found])
    # What looks like a part of a picture may be that picture.
    own = subject.id if isinstance(subject, Asset) and region is None else ""
    keys = [key for content, _ in found for key in holders.get(content.hex(), ())]
    assets = {asset.key: asset for asset in stores.catalog.by_key(keys)}
    near = [
        Alike(assets[key], min(score, 1.0))
        for content, score in found
        for key in holders.get(content.hex(), ())
        if key in assets and _shown(assets[key]) and assets[key].id != own
    ]
    unseen = (ident for ident in unseen_pictures(stores, space) if ident != own)
    return Likeness(tuple(near[:limit]), tuple(unseen))


def _shown(asset: Asset) -> bool:
    return asset.kind == "image" and asset.state in ("present", "remote")
