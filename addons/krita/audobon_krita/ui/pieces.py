# SPDX-License-Identifier: GPL-3.0-or-later
"""Widgets that pages are made of; they get as narrow as a docker does."""

from __future__ import annotations

from typing import Any

from ..host.qt import QtCore, QtWidgets
from ..logic.health import breakable

__all__ = ["make_button", "make_label"]


def make_label(text: str, parent: Any) -> Any:
    """Plain text in as many lines as it takes."""
    made = QtWidgets.QLabel(breakable(text), parent)
    made.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setMinimumWidth(1)
    return made


def make_button(text: str, tip: str, parent: Any) -> Any:
    """A button with what it does as its tip."""
    made = QtWidgets.QPushButton(text, parent)
    made.setToolTip(tip)
    made.setMinimumWidth(1)
    return made
