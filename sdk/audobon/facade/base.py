"""What every part of the facade stands on."""

from __future__ import annotations

import os

from audobon.model.asset import Asset
from audobon.model.stopping import never
from audobon.services.core import lookup
from audobon.services.core.stores import Stores

__all__ = ["Base", "Opened", "Ref", "never"]

Ref = str | os.PathLike[str] | Asset
"""What names an asset: the asset, its id, a path (absolute or in a root), an entity reference."""


class Opened:
    """What has calls of a library: each is Unavailable, with what to do, once that is closed."""

    _kept: Stores

    def __init__(self, stores: Stores) -> None:
        self._kept = stores

    @property
    def _stores(self) -> Stores:
        self._kept.need_open()
        return self._kept


class Base(Opened):
    """The stores of an open library, and its assets by any name they have."""

    def get(self, ref: Ref) -> Asset:
        """The asset that ``ref`` names, as it is now.

        NotFound when there is none, Conflict when a relative path fits in
        several roots. Removed assets are found by their id only.
        """
        return lookup.find(self._stores, ref)
