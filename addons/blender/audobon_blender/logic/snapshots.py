# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel of snapshots shows. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.snapshots import View
    from audobon.session import State

__all__ = ["view"]


def view(state: State) -> View:
    """All of it in words."""
    from audobon.panel import snapshots

    return snapshots.view(state)
