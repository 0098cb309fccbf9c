# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of snapshots shows. To be called once there is a session."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.model.snapshot import SnapshotEntry
    from audobon.panel.snapshots import (
        EVERY,
        View,
        back_text,
        entries,
        every_at,
        places,
        standing_text,
        view,
    )

__all__ = ["EVERY", "View", "back_text", "entries", "entry_text", "every_at", "places"]
__all__ += ["same_file", "standing_text", "view"]


def __getattr__(name: str) -> Any:
    """What every host says alike; looked up when it is asked for, for the SDK comes later."""
    if name not in __all__:
        raise AttributeError(name)
    from audobon.panel import snapshots

    return getattr(snapshots, name)


def entry_text(entry: SnapshotEntry) -> str:
    """A file in one line: its path without the root, and its size."""
    from audobon.panel.words import bytes_text

    return f"{entry.path.partition('/')[2]}\n{bytes_text(entry.size)}"


def same_file(one: str, other: str) -> bool:
    """Whether two paths are those of one file, as far as their text tells."""
    return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))
