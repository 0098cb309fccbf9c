# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that register adds and unregister takes back, in one order and its reverse."""

from ..host import editor, kit, vendored
from . import (
    ai,
    ai_ops,
    asking_ops,
    asset_ops,
    batch_ops,
    branch_ops,
    branches,
    browsing,
    bundles,
    details,
    drag_ops,
    encrypted,
    filing,
    for_good,
    grid,
    grid_ops,
    grid_panels,
    here,
    keys,
    library_ops,
    locks,
    material_ops,
    native,
    old_ops,
    past_ops,
    place_ops,
    remote_ops,
    remotes,
    saving,
    settings,
    snapshots,
    teaching,
    tidy,
    tiles,
    upkeep,
    usage,
    use_ops,
)

__all__ = ["register", "unregister"]

_CLASSES = (
    tiles.Tiles,
    settings.Settings,
    settings.Preferences,
    *library_ops.CLASSES,
    *encrypted.CLASSES,
    *asking_ops.CLASSES,
    *asset_ops.CLASSES,
    *use_ops.CLASSES,
    *past_ops.CLASSES,
    *old_ops.CLASSES,
    *branch_ops.CLASSES,
    *remote_ops.CLASSES,
    *batch_ops.CLASSES,
    *editor.CLASSES,
    *grid_ops.CLASSES,
    *ai_ops.CLASSES,
    *place_ops.CLASSES,
    *drag_ops.CLASSES,
    *material_ops.CLASSES,
    *bundles.CLASSES,
    browsing.AUDOBON_MT_library,
    browsing.AUDOBON_MT_tags,
    browsing.AUDOBON_MT_catalogs,
    browsing.AUDOBON_MT_branch,
    browsing.AUDOBON_PT_library,
    *for_good.CLASSES,
    details.AUDOBON_PT_asset,
    details.AUDOBON_PT_asset_history,
    *grid_panels.CLASSES,
    *native.CLASSES,
    *ai.CLASSES,
    *teaching.CLASSES,
    *filing.CLASSES,
    *branches.CLASSES,
    *remotes.CLASSES,
    *locks.CLASSES,
    *snapshots.CLASSES,
    *keys.CLASSES,
    *saving.CLASSES,
    *tidy.CLASSES,
    details.AUDOBON_PT_work,
    *upkeep.CLASSES,
    *usage.CLASSES,
)


def register(package: str) -> None:
    """Add classes, properties and the timer. The SDK is loaded later, on a thread."""
    vendored.attach()
    for each in _CLASSES:
        kit.register_class(each)
    kit.attach(settings.Settings)
    here.begin(package)
    grid.begin()
    native.begin()
    here.here().steps.append(upkeep.Status().step)
    upkeep.begin()


def unregister() -> None:
    """End the session and its threads, then take everything back."""
    grid.end()
    upkeep.end()
    native.end()
    here.end()
    kit.detach()
    for each in reversed(_CLASSES):
        kit.unregister_class(each)
    vendored.detach()
