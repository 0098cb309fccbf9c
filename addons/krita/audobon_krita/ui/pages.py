# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the docker, in the order of their tabs."""

from __future__ import annotations

from typing import Any

from .assets import Assets
from .backup import Backup
from .compute import Compute
from .health import Health
from .history import HistoryPage
from .tidy import Tidy

__all__ = ["PAGES"]

PAGES: tuple[type[Any], ...] = (Assets, HistoryPage, Compute, Tidy, Backup, Health)
"""Widgets made with the app, a function that shows a sentence in the footer, and a parent.

Each has ``title``, ``icon`` (a name of one of Krita's) and ``tip``,
``show_state(session, state)`` for a state that is another one than before, and
``step(session)`` for each turn of the timer; both are called only while the
page is seen, and at once when it comes to be.
"""
