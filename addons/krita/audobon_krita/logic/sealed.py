# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of encrypted places shows. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.panel.keys import (
        CHANGED,
        CHANGED_HERE,
        ENCRYPTS,
        HOME,
        NAMED,
        RECOVERY,
        RENEWS,
        Row,
        View,
        view,
    )

__all__ = ["CHANGED", "CHANGED_HERE", "ENCRYPTS", "HOME", "NAMED", "RECOVERY", "RENEWS", "Row"]
__all__ += ["View", "fault", "view"]


def __getattr__(name: str) -> Any:
    """What every host says alike; looked up when it is asked for, for the SDK comes later."""
    if name not in __all__:
        raise AttributeError(name)
    from audobon.panel import keys

    return getattr(keys, name)


def fault(first: str, again: str, *, name: str | None = None, row: Row | None = None) -> str:
    """Why a new passphrase, and its ``name`` where it gets one, cannot be taken; else empty."""
    from audobon.panel import keys, remotes

    wrong = ""
    if name is not None:
        wrong = keys.name_fault(name, () if row is None else row.names)
    return wrong or remotes.passphrase_fault(first, again)
