# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel for teaching shows and remembers. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.taughtpage import TeachPage

__all__ = ["TAGS", "new_page"]

TAGS = 12
"""Tags that are offered; the others are found by typing."""
_PICTURES = 6
# At once: two rows beside each other in a sidebar of the usual width.


def new_page() -> TeachPage:
    """What is remembered while the panel is looked at."""
    from audobon.panel.taughtpage import TeachPage

    return TeachPage(_PICTURES)
