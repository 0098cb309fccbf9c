# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks about remotes: added, opened with a passphrase, pushed, pulled, fetched from.

No postponed annotations here: Blender reads properties from them. No operator here is told by
Blender's info area, and none keeps a passphrase after it has run.
"""

from typing import Any

from ..host import kit
from ..logic import remotes
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open
from .past_ops import _Risky

__all__ = ["CLASSES", "refused"]

_WIDTH = 420
# Of the pop-up that asks, in pixels of Blender's interface.
_SECRET = {"SKIP_SAVE"}


def refused(operator: Any, name_or_url: str) -> bool:
    """Whether Blender's own switch forbids to go to this place, which is then said."""
    state = here.state()
    known = None if state is None else state.remotes.remote(name_or_url)
    url = name_or_url if known is None else known.url
    if not url.startswith("gs:") or not kit.has_online() or kit.online(here.here().package):
        return False
    operator.report({"ERROR"}, "Online access is off in Blender's preferences, System, Network")
    return True


class _There(Handing):
    """What goes to a remote."""

    name: kit.StringProperty()

    def execute(self, context: Any) -> set[str]:
        return STOPPED if refused(self, self.name) else super().execute(context)


class AUDOBON_OT_add_remote(_Open):
    """Give a folder on another disk, a NAS or a bucket (gs://) a name. Nothing is sent yet"""

    bl_idname = "audobon.add_remote"
    bl_label = "Add a Remote"
    url: kit.StringProperty(name="Place", options=_SECRET)
    name: kit.StringProperty(name="Name", options=_SECRET)
    encrypt: kit.BoolProperty(
        name="Encrypt, or Open an Encrypted One",
        description="Bytes, names, versions and previews are of no use there without a passphrase",
        options=_SECRET,
    )
    passphrase: kit.StringProperty(name="Passphrase", subtype="PASSWORD", options=_SECRET)
    again: kit.StringProperty(name="The Same Again", subtype="PASSWORD", options=_SECRET)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        state = here.state()
        self.url = self.url or kit.settings(context).remote
        if state is None or not self.url.strip():
            self.report({"INFO"}, "Choose a folder, or write a gs:// address first")
            return STOPPED
        self.name = self.name or remotes.suggested_name(self.url, state)
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        column = self.layout.column()
        column.prop(self, "url")
        column.prop(self, "name")
        column.prop(self, "encrypt")
        if self.encrypt:
            column.prop(self, "passphrase")
            column.prop(self, "again")
            fault = remotes.passphrase_fault(self.passphrase, self.again)
            column.label(text=fault, icon="ERROR" if fault else "CHECKMARK")

    def execute(self, context: Any) -> set[str]:
        session, state = here.session(), here.state()
        given, again = self.passphrase, self.again
        self.passphrase = self.again = ""
        if session is None or state is None:
            return STOPPED
        fault = remotes.passphrase_fault(given, again) if self.encrypt else ""
        if fault:
            self.report({"ERROR"}, f"Nothing is added: {fault}")
            return STOPPED
        if refused(self, self.url):
            return STOPPED
        name = self.name.strip() or remotes.suggested_name(self.url, state)
        page, library = here.here().remotes, state.library

        def made(key: str) -> None:
            page.made(library, name, key)
            kit.redraw()

        where = kit.real_path(self.url.strip())
        session.remotes.add(name, where, given if self.encrypt else None, then=made)
        kit.settings(context).remote = ""
        return DONE


class AUDOBON_OT_unlock_remote(_Open):
    """Give the passphrase of this encrypted place. Only the system's keyring keeps it"""

    bl_idname = "audobon.unlock_remote"
    bl_label = "Give Its Passphrase"
    name: kit.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    passphrase: kit.StringProperty(name="Passphrase", subtype="PASSWORD", options=_SECRET)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        self.layout.prop(self, "passphrase")

    def execute(self, _context: Any) -> set[str]:
        session, given = here.session(), self.passphrase
        self.passphrase = ""
        if session is None or not given or refused(self, self.name):
            return STOPPED
        session.remotes.unlock(self.name, given)
        return DONE


class AUDOBON_OT_copy_recovery(kit.Operator):
    """Copy the key. Other programs can read the clipboard: print it, then copy something else"""

    bl_idname = "audobon.copy_recovery"
    bl_label = "Copy"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Any) -> set[str]:
        kit.copy_text(here.here().remotes.key)
        return DONE


class AUDOBON_OT_recovery_kept(kit.Operator):
    """I have it on paper. It is never shown again"""

    bl_idname = "audobon.recovery_kept"
    bl_label = "I Have It"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Any) -> set[str]:
        here.here().remotes.kept()
        kit.redraw()
        return DONE


class AUDOBON_OT_remove_remote(Handing):
    """Forget this remote. What lies there stays as it is"""

    bl_idname = "audobon.remove_remote"
    bl_label = "Forget the Remote"
    name: kit.StringProperty()

    def invoke(self, context: Any, event: Any) -> set[str]:
        return set(context.window_manager.invoke_confirm(self, event))

    def hand(self, session: Any) -> None:
        session.remotes.remove(self.name)


class AUDOBON_OT_push(_There):
    """Send what it lacks of the current branch. What is in no version yet stays here"""

    bl_idname = "audobon.push"
    bl_label = "Push"

    def hand(self, session: Any) -> None:
        session.remotes.push(self.name)


class AUDOBON_OT_pull(_Risky):
    """Take in what is new there and merge it. A recovery point is kept first"""

    bl_idname = "audobon.pull"
    bl_label = "Pull"
    name: kit.StringProperty()

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        if session is None or state is None or refused(self, self.name):
            return STOPPED
        if not self.settled(touches=state.document is not None):
            return STOPPED
        session.remotes.pull(self.name, then=self.came())
        return DONE


class AUDOBON_OT_estimate_push(_There):
    """Ask it how much a push would send. Nothing is sent"""

    bl_idname = "audobon.estimate_push"
    bl_label = "How Much Would Be Sent"

    def hand(self, session: Any) -> None:
        session.remotes.estimate(self.name)


class AUDOBON_OT_fetch(_Open):
    """Bring this file to its place. What is here already stays as it is"""

    bl_idname = "audobon.fetch"
    bl_label = "Fetch the File"
    ident: kit.StringProperty()

    def execute(self, _context: Any) -> set[str]:
        session, asset = here.session(), here.chosen()
        ident = self.ident or (asset.id if asset is not None else "")
        if session is None or not ident:
            return STOPPED
        session.remotes.fetch([ident])
        return DONE


class AUDOBON_OT_fetch_found(_Open):
    """Bring all files that are only at a remote to their places"""

    bl_idname = "audobon.fetch_found"
    bl_label = "Fetch Files"
    found: kit.BoolProperty(
        name="What Is Found", description="Only those that the search finds", options={"SKIP_SAVE"}
    )

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        which = "that the search finds and that are" if properties.found else "that are"
        return f"Bring all files {which} only at a remote to their places"

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        if session is None or state is None:
            return STOPPED
        session.remotes.fetch_found(state.found.wanted.query if self.found else "")
        return DONE


class AUDOBON_OT_cancel_transfer(Handing):
    """Stop what is on its way. The same once more goes on from there"""

    bl_idname = "audobon.cancel_transfer"
    bl_label = "Stop"

    def hand(self, session: Any) -> None:
        session.cancel_transfer()


CLASSES = (
    AUDOBON_OT_add_remote,
    AUDOBON_OT_unlock_remote,
    AUDOBON_OT_copy_recovery,
    AUDOBON_OT_recovery_kept,
    AUDOBON_OT_remove_remote,
    AUDOBON_OT_push,
    AUDOBON_OT_pull,
    AUDOBON_OT_estimate_push,
    AUDOBON_OT_fetch,
    AUDOBON_OT_fetch_found,
    AUDOBON_OT_cancel_transfer,
)
