# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks that go on once something has been read or fetched."""

from typing import Any

from ..host import kit
from . import here
from .library_ops import STOPPED, _Open

__all__ = ["Waiting"]


class Waiting(_Open):
    """Is modal while it waits, and begins anew then; Escape gives it up."""

    waited = False
    _timer: Any = None
    _ended: Any = None

    def wait_for(self, context: Any, ended: Any) -> None:
        """Begin anew when this event is set; what calls it gives back ``left``."""
        self._ended = ended
        self._timer = kit.begin_waiting(context, self)

    @property
    def left(self) -> set[str]:
        """What to give back where this cannot go on: perhaps it only waits."""
        return STOPPED if self._timer is None else {"RUNNING_MODAL"}

    def begin(self, context: Any, _event: Any) -> set[str]:
        """What a click does, also after a wait; ``waited`` says that it is modal already."""
        return set(self.execute(context))

    def modal(self, context: Any, event: Any) -> set[str]:
        """While files are read first; Escape gives it up."""
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            return STOPPED
        state = here.state()
        alive = state is not None and state.phase == "open"
        if event.type != "TIMER" or (alive and not self._ended.is_set()):
            return {"PASS_THROUGH"}
        self.cancel(context)
        self.waited = True
        return self.begin(context, event) if alive else STOPPED

    def cancel(self, context: Any) -> None:
        """Also called by Blender, when it ends what goes on: another file is opened."""
        if self._timer is not None:
            kit.end_waiting(context, self._timer)
            self._timer = None
