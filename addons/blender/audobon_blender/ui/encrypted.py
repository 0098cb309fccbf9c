# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks about a library that is encrypted itself: made so, and opened by its passphrase.

No postponed annotations here: Blender reads properties from them. Neither is told by Blender's
info area, and none keeps a passphrase after it has run.
"""

from typing import Any

from ..host import kit
from ..logic import keys
from . import here
from .keys import _LETTERS, _SECRET, _WIDTH, _say
from .library_ops import DONE, STOPPED, _Folder

__all__ = ["CLASSES"]


class AUDOBON_OT_open_locked(kit.Operator):
    """Open this encrypted library. Only the system's keyring keeps its passphrase"""

    bl_idname = "audobon.open_locked"
    bl_label = "Open with Its Passphrase"
    bl_options = {"INTERNAL"}  # Blender reads it from the class
    secret: kit.StringProperty(name="Passphrase", subtype="PASSWORD", options=_SECRET)
    recovery: kit.BoolProperty(
        name="By Its Recovery Key",
        description="The key that was printed, in place of a passphrase that nobody knows",
        options=_SECRET,
    )

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and bool(state.locked)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        column = self.layout.column()
        column.prop(self, "secret", text="Recovery Key" if self.recovery else "Passphrase")
        column.prop(self, "recovery")

    def cancel(self, _context: Any) -> None:
        self.secret = ""

    def execute(self, _context: Any) -> set[str]:
        secret, self.secret = self.secret, ""
        state = here.state()
        if state is None or not state.locked or not secret:
            return STOPPED
        here.here().app.open(state.locked, secret, recovery=self.recovery)
        return DONE


class AUDOBON_OT_create_encrypted(_Folder):
    """Make a library of a folder, and encrypt what is kept of it. Its files stay as they are"""

    bl_idname = "audobon.create_encrypted"
    bl_label = "New Encrypted Library"
    bl_options = {"INTERNAL"}
    passphrase: kit.StringProperty(name="Passphrase", subtype="PASSWORD", options=_SECRET)
    again: kit.StringProperty(name="The Same Again", subtype="PASSWORD", options=_SECRET)

    def draw(self, _context: Any) -> None:
        column = self.layout.column()
        _say(column, keys.text("ENCRYPTS"), _LETTERS // 2)
        column.prop(self, "passphrase")
        column.prop(self, "again")
        fault = keys.fault(self.passphrase, self.again)
        column.label(text=fault, icon="ERROR" if fault else "CHECKMARK")

    def cancel(self, _context: Any) -> None:
        self.passphrase = self.again = ""

    def execute(self, _context: Any) -> set[str]:
        passphrase, fault = self.passphrase, keys.fault(self.passphrase, self.again)
        self.passphrase = self.again = ""
        if fault:
            self.report({"ERROR"}, f"Nothing is made: {fault}")
            return STOPPED
        here.here().app.create(self.directory, passphrase, _made)
        return DONE


def _made(key: str) -> None:
    state = here.state()
    here.here().remotes.made("" if state is None else state.library, keys.home(), key)
    kit.redraw()


CLASSES = (AUDOBON_OT_open_locked, AUDOBON_OT_create_encrypted)
