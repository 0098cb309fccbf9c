# SPDX-License-Identifier: GPL-3.0-or-later
"""Little pictures that lie in one file, as icons."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .qt import QtGui

__all__ = ["icons_of"]


def icons_of(sheet: Path, places: Iterable[tuple[int, int, int, int]]) -> list[Any]:
    """An icon for each place (left, top, width and height); empty where the file is none."""
    whole = QtGui.QPixmap(str(sheet))
    return [] if whole.isNull() else [QtGui.QIcon(whole.copy(*place)) for place in places]
