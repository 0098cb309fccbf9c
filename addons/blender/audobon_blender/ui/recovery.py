# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery key that was made just now, shown until somebody says that it is kept."""

from __future__ import annotations

from typing import Any

from ..logic import remotes
from . import here
from .texts import paragraph

__all__ = ["recovery_key"]


def recovery_key(layout: Any, context: Any, key: str) -> None:
    """The recovery key of a place, that was made just now; nothing without one."""
    if not key:
        return
    box = layout.box()
    paragraph(box, context, f"Recovery key of {here.here().remotes.of}", "KEYINGSET", less=2)
    groups = key.split("-")
    column = box.column(align=True)
    for at in range(0, len(groups), 2):  # more would be cut in a narrow sidebar
        column.label(text="-".join(groups[at : at + 2]), icon="BLANK1")
    paragraph(box, context, remotes.keep_text(), less=2)
    row = box.row(align=True)
    row.operator("audobon.copy_recovery", icon="COPYDOWN")
    row.operator("audobon.recovery_kept", icon="CHECKMARK")
