# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel of snapshots shows. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.panel.snapshots import (
        EVERY,
        entries,
        page_of,
        part_of,
        sources,
        view,
    )

__all__ = ["EVERY", "entries", "page_of", "part_of", "sources", "view"]


def __getattr__(name: str) -> Any:
    """What every host says alike; looked up when it is asked for, for the SDK comes later."""
    if name not in __all__:
        raise AttributeError(name)
    from audobon.panel import snapshots

    return getattr(snapshots, name)
