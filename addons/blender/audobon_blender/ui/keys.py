# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of keys: who opens the encrypted places of the library, and how keys are renewed.

No postponed annotations here: Blender reads properties from them. No operator here is told by
Blender's info area, and none keeps a passphrase after it has run.
"""

from typing import Any

from ..host import kit
from ..logic import keys, words
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open
from .panels import LibraryPanel
from .recovery import recovery_key
from .remote_ops import refused
from .texts import letters, paragraph, transferring

__all__ = ["CLASSES"]

_WIDTH = 420
# Of the pop-up that asks, in pixels of Blender's interface.
_LETTERS = 58
# What fits into one of its lines.
_SECRET = {"SKIP_SAVE"}
_HIDDEN = {"HIDDEN", "SKIP_SAVE"}


def _online() -> bool:
    return not kit.has_online() or kit.online(here.here().package)


class AUDOBON_PT_keys(LibraryPanel, kit.Panel):
    """Who opens this library, encrypted remotes and places of snapshots"""

    bl_label = "Keys"
    bl_idname = "AUDOBON_PT_keys"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        session, state, layout = here.session(), here.state(), self.layout
        if session is None or state is None:
            return
        session.keys.watch(online=_online())
        recovery_key(layout, context, here.here().remotes.shown(state))
        transferring(layout, state)
        if not state.keys.known:
            paragraph(layout, context, "Looking which places are encrypted", "SORTTIME")
            return
        view = here.here().keys.view(state)
        if view.nothing:
            paragraph(layout, context, view.nothing, "INFO")
        for row in view.rows:
            _place(layout.box(), context, row)
        layout.operator("audobon.look_keys", icon="FILE_REFRESH")


def _place(box: Any, context: Any, row: Any) -> None:
    head = box.row(align=True)
    sign = "UNLOCKED" if row.open else "LOCKED"
    head.label(text=words.short(row.title, letters(context) - 8), icon=sign)
    if row.forgets:
        kit.button(head, "audobon.forget_passphrase", "LOCKED", text="", place=row.url)
    if row.title != row.url:
        box.label(text=words.short(row.url, letters(context) - 4), icon="BLANK1")
    if row.trouble:
        paragraph(box, context, row.trouble, "ERROR", less=2)
        return
    for line in (row.lock, row.kept):
        paragraph(box, context, line, "BLANK1", less=2)
    if not row.open:
        paragraph(box, context, row.who, "BLANK1", less=2)
        kit.button(box, "audobon.open_place", "KEYINGSET", place=row.url)
        return
    column = box.column(align=True)
    for name in row.names:
        line = column.row(align=True)
        line.label(text=words.short(name, letters(context) - 10), icon="KEYINGSET")
        kit.button(line, "audobon.change_passphrase", "GREASEPENCIL", text="", place=row.url,
                   name=name)  # fmt: skip
        away = line.row(align=True)
        away.enabled = len(row.names) > 1
        kit.button(away, "audobon.remove_passphrase", "REMOVE", text="", place=row.url, name=name)
    kit.button(column, "audobon.add_passphrase", "ADD", place=row.url)
    column = box.column(align=True)
    kit.button(column, "audobon.new_recovery", "NONE", place=row.url)
    kit.button(column, "audobon.renew_keys", "NONE", place=row.url)
    if row.rotation:
        paragraph(box, context, row.rotation, "ERROR", less=2)
        line = box.row(align=True)
        kit.button(line, "audobon.rotate_keys", "FILE_REFRESH", place=row.url)
        kit.button(line, "audobon.count_old", "QUESTION", text="", place=row.url)


def _say(layout: Any, text: str, width: int = _LETTERS) -> None:
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line in words.wrap(text, width):
        column.label(text=line)


def _told(place: str) -> Any:
    """What takes a recovery key that was made, for as long as nobody has said that it is kept."""
    page, state = here.here().remotes, here.state()
    library = "" if state is None else state.library
    known = None if state is None else state.keys.place(place)
    name = place if known is None else known.name or known.url

    def told(key: str) -> None:
        page.made(library, name, key)
        kit.redraw()

    return told


class _AtPlace(_Open):
    """Something of an encrypted place, after a dialog that may ask for a passphrase."""

    place: kit.StringProperty(options=_HIDDEN)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def hand(self, keys_: Any) -> None:
        raise NotImplementedError

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or refused(self, self.place):
            return STOPPED
        self.hand(session.keys)
        return DONE


class _NewPassphrase(_AtPlace):
    """What takes a new passphrase, which is typed twice and kept nowhere."""

    passphrase: kit.StringProperty(name="Passphrase", subtype="PASSWORD", options=_SECRET)
    again: kit.StringProperty(name="The Same Again", subtype="PASSWORD", options=_SECRET)
    says = ""

    def fault(self) -> str:
        return keys.fault(self.passphrase, self.again)

    def draw(self, _context: Any) -> None:
        column = self.layout.column()
        _say(column, keys.text(self.says))
        self.ask(column)
        column.prop(self, "passphrase")
        column.prop(self, "again")
        fault = self.fault()
        column.label(text=fault, icon="ERROR" if fault else "CHECKMARK")

    def ask(self, column: Any) -> None:
        """What else is asked for."""

    def cancel(self, _context: Any) -> None:
        self.passphrase = self.again = ""

    def execute(self, context: Any) -> set[str]:
        fault = self.fault()
        try:
            if not fault:
                return super().execute(context)
        finally:
            self.passphrase = self.again = ""
        self.report({"ERROR"}, f"Nothing is changed: {fault}")
        return STOPPED


class AUDOBON_OT_look_keys(Handing):
    """Ask each place once more who opens it"""

    bl_idname = "audobon.look_keys"
    bl_label = "Look Again"

    def hand(self, session: Any) -> None:
        session.keys.look(online=_online())


class AUDOBON_OT_open_place(_AtPlace):
    """Open this encrypted place. Only the system's keyring keeps its passphrase"""

    bl_idname = "audobon.open_place"
    bl_label = "Open It"
    secret: kit.StringProperty(name="Passphrase", subtype="PASSWORD", options=_SECRET)
    recovery: kit.BoolProperty(
        name="By Its Recovery Key",
        description="The key that was printed, in place of a passphrase that nobody knows",
        options=_SECRET,
    )

    def draw(self, _context: Any) -> None:
        column = self.layout.column()
        column.prop(self, "secret", text="Recovery Key" if self.recovery else "Passphrase")
        column.prop(self, "recovery")

    def cancel(self, _context: Any) -> None:
        self.secret = ""

    def execute(self, context: Any) -> set[str]:
        try:
            return super().execute(context) if self.secret else STOPPED
        finally:
            self.secret = ""

    def hand(self, keys_: Any) -> None:
        keys_.unlock(self.place, self.secret, recovery=self.recovery)


class AUDOBON_OT_add_passphrase(_NewPassphrase):
    """One passphrase more for this place: of another person, or another machine"""

    bl_idname = "audobon.add_passphrase"
    bl_label = "Add a Passphrase"
    name: kit.StringProperty(name="Name", options=_SECRET)
    says = "NAMED"

    def fault(self) -> str:
        state = here.state()
        row = None if state is None else keys.row_of(here.here().keys.view(state), self.place)
        return keys.fault(self.passphrase, self.again, name=self.name, row=row)

    def ask(self, column: Any) -> None:
        column.prop(self, "name")

    def hand(self, keys_: Any) -> None:
        keys_.add(self.place, self.name, self.passphrase)


class AUDOBON_OT_change_passphrase(_NewPassphrase):
    """Another passphrase in place of this one"""

    bl_idname = "audobon.change_passphrase"
    bl_label = "Change the Passphrase"
    name: kit.StringProperty(options=_HIDDEN)

    @property
    def says(self) -> str:  # type: ignore[override]
        state = here.state()
        row = None if state is None else keys.row_of(here.here().keys.view(state), self.place)
        return "CHANGED_HERE" if row is not None and row.home else "CHANGED"

    def hand(self, keys_: Any) -> None:
        keys_.change(self.place, self.name, self.passphrase)


class AUDOBON_OT_renew_keys(_NewPassphrase):
    """New keys, which one new passphrase alone opens"""

    bl_idname = "audobon.renew_keys"
    bl_label = "Renew the Keys"
    says = "RENEWS"

    def hand(self, keys_: Any) -> None:
        keys_.renew(self.place, self.passphrase, _told(self.place))


class AUDOBON_OT_new_recovery(_AtPlace):
    """Make another recovery key. It is shown once"""

    bl_idname = "audobon.new_recovery"
    bl_label = "New Recovery Key"

    def draw(self, _context: Any) -> None:
        _say(self.layout, keys.text("RECOVERY"))

    def hand(self, keys_: Any) -> None:
        keys_.new_recovery(self.place, _told(self.place))


class _Confirmed(_AtPlace):
    """What is asked about once."""

    def invoke(self, context: Any, event: Any) -> set[str]:
        return set(context.window_manager.invoke_confirm(self, event))


class AUDOBON_OT_remove_passphrase(_Confirmed):
    """This passphrase opens the place no more"""

    bl_idname = "audobon.remove_passphrase"
    bl_label = "Remove the Passphrase"
    name: kit.StringProperty(options=_HIDDEN)

    def hand(self, keys_: Any) -> None:
        keys_.remove(self.place, self.name)


class AUDOBON_OT_forget_passphrase(_Confirmed):
    """Have this machine forget what opens the place: it is asked for again"""

    bl_idname = "audobon.forget_passphrase"
    bl_label = "Forget Its Passphrase Here"

    def hand(self, keys_: Any) -> None:
        keys_.forget(self.place)


class _AtOnce(_AtPlace):
    """What asks nothing."""

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return self.execute(context)


class AUDOBON_OT_rotate_keys(_AtOnce):
    """Write again what lies under older keys. It can be stopped, and goes on from there"""

    bl_idname = "audobon.rotate_keys"
    bl_label = "Rotate"

    def hand(self, keys_: Any) -> None:
        keys_.rotate(self.place)


class AUDOBON_OT_count_old(_AtOnce):
    """Count what lies under older keys. Nothing is changed"""

    bl_idname = "audobon.count_old"
    bl_label = "How Much Is That"

    def hand(self, keys_: Any) -> None:
        keys_.count(self.place)


CLASSES = (
    AUDOBON_OT_look_keys,
    AUDOBON_OT_open_place,
    AUDOBON_OT_add_passphrase,
    AUDOBON_OT_change_passphrase,
    AUDOBON_OT_renew_keys,
    AUDOBON_OT_new_recovery,
    AUDOBON_OT_remove_passphrase,
    AUDOBON_OT_forget_passphrase,
    AUDOBON_OT_rotate_keys,
    AUDOBON_OT_count_old,
    AUDOBON_PT_keys,
)
