# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with an asset in Krita, and the name that it gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset

__all__ = ["FILE_LAYER", "LAYER", "OPEN", "REFERENCE", "layer_name", "uses"]

LAYER, FILE_LAYER, REFERENCE, OPEN = "layer", "file layer", "reference", "open"

_PICTURES = {"image", "document", "vector"}


def uses(asset: Asset, *, document: bool) -> tuple[str, ...]:
    """What can be done with this asset, the most likely first; ``document`` whether one is open."""
    if asset.state != "present" or asset.kind not in _PICTURES:
        return ()
    return (LAYER, FILE_LAYER, REFERENCE, OPEN) if document else (OPEN,)


def layer_name(asset: Asset) -> str:
    """The name of a layer that an asset becomes: that of its file, without the ending."""
    return asset.name.rpartition(".")[0] or asset.name
