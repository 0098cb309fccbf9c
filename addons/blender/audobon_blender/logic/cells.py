# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written about an asset: columns of a list, badges of a tile, the card under the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.panel.cells import Badge

__all__ = ["COLUMNS", "Column", "badges", "card", "cells", "columns_for"]


@dataclass(frozen=True)
class Column:
    """A column of the list: its share of the width, and the order that its head asks for."""

    name: str
    share: float
    sort: str
    least: float = 0.0


COLUMNS = (
    Column("Name", 0.34, "name"),
    Column("Kind", 0.12, "", 560),
    Column("Size", 0.1, "-size", 320),
    Column("Changed", 0.13, "-updated", 480),
    Column("Stars", 0.1, "-rating", 260),
    Column("Tags", 0.21, "", 640),
)


def columns_for(width: float, scale: float) -> tuple[tuple[Column, float, float], ...]:
    """The columns that have room, each with where it begins and how wide it is."""
    shown = [column for column in COLUMNS if width >= column.least * scale]
    total = sum(column.share for column in shown)
    found, at = [], 0.0
    for column in shown:
        part = width * column.share / total
        found.append((column, at, part))
        at += part
    return tuple(found)


def cells(asset: Asset) -> dict[str, str]:
    """The text of each column that has one."""
    from audobon.panel import cells

    return cells.cells(asset)


def badges(asset: Asset, mark: str) -> tuple[Badge, ...]:
    """The signs on a picture, the most urgent first."""
    from audobon.panel import cells

    return cells.badges(asset, mark)


def card(asset: Asset, mark: str) -> tuple[str, ...]:
    """Lines about the asset under the mouse, the name first."""
    from audobon.panel import cells

    return cells.card(asset, mark)


def label(asset: Asset, room: int) -> str:
    """The name under a picture."""
    from audobon.panel import cells

    return cells.label(asset, room)


def selection_text(count: int, names: Sequence[str], *, full: bool) -> str:
    """How many are selected, by name where it is one."""
    from audobon.panel import cells

    return cells.selection_text(count, names, full=full)
