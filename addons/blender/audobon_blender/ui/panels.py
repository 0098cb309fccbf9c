# SPDX-License-Identifier: GPL-3.0-or-later
"""What panels of the sidebar have in common."""

from __future__ import annotations

from typing import Any

from . import here
from .browsing import CATEGORY

__all__ = ["LibraryPanel", "SidebarPanel", "TimedPanel", "WritablePanel"]


class SidebarPanel:
    """A panel in the sidebar of the 3D view, beside the list of assets."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


class TimedPanel(SidebarPanel):
    """One whose drawing counts as time in which Blender waits for us."""

    def draw(self, context: Any) -> None:
        with here.here().timed():
            self._draw(context)

    def _draw(self, context: Any) -> None:
        """What the panel shows."""


class LibraryPanel(TimedPanel):
    """One that is there while a library is open."""

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open"


class WritablePanel(SidebarPanel):
    """One that is there while a library is open that may be written."""

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open" and not state.read_only
