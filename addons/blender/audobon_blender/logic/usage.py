# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel says of watching and of uses. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.usage import View
    from audobon.session import State

__all__ = ["view"]


def view(state: State) -> View:
    """All of it, in sentences and bars."""
    from audobon.panel import usage

    return usage.view(state)
