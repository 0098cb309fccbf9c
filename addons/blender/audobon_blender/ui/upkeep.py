# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in the status bar, and the panel that says how library, engine and disk are.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit, opened
from ..logic import health, words
from ..logic.upkeep import write_log
from . import here
from .library_ops import DONE, STOPPED, Handing
from .panels import TimedPanel
from .texts import letters, paragraph

__all__ = ["CLASSES", "Status", "begin", "end"]

_SHOWN = 5
# More failures do not fit in a sidebar; the log has them all.


class Status:
    """What the status bar has said last, so that it is drawn again only when that changes."""

    def __init__(self) -> None:
        self.shown: tuple[str, int] = ("", 0)

    def step(self) -> None:
        """Look once; in Blender's main thread."""
        state = here.state()
        text, fraction = ("", None) if state is None else health.status(state)
        now = (text, round((fraction or 0) * 50))
        if now != self.shown:
            self.shown = now
            kit.redraw_status()


def _draw_status(header: Any, _context: Any) -> None:
    state = here.state()
    if state is None:
        return
    text, fraction = health.status(state)
    if not text:
        return
    row = header.layout.row(align=True)
    kit.progress(row, text, fraction)
    if state.doing is not None:
        row.operator("audobon.cancel_work", text="", icon="X", emboss=False)
    elif state.transfer is not None:
        row.operator("audobon.cancel_transfer", text="", icon="X", emboss=False)
    else:
        running = next(job for job in state.jobs if job.state == "running")
        row.operator("audobon.cancel_job", text="", icon="X", emboss=False).number = running.id


def begin() -> None:
    kit.add_status(_draw_status)


def end() -> None:
    kit.remove_status(_draw_status)


class AUDOBON_PT_health(TimedPanel, kit.Panel):
    """How the library, its engine and its disk are, and what can be done about it."""

    bl_label = "Health"
    bl_parent_id = "AUDOBON_PT_work"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        state, layout = here.state(), self.layout
        if state is None:
            return
        row = layout.row(align=True)
        row.operator("audobon.check", text="Check", icon="VIEWZOOM")
        row.operator("audobon.show_log", text="Log", icon="TEXT")
        row.operator("audobon.copy_log", text="", icon="COPYDOWN")
        row.operator("audobon.health_page", text="", icon="URL")
        self._failed(context, state)
        if state.health is None:
            paragraph(layout, context, "Check looks at every part of the library and its engine.")
            return
        lines = health.findings(state.health, state.engine)
        paragraph(layout, context, f"{health.verdict(state.health)}.")
        if any(line.mend for line in lines):
            layout.operator("audobon.mend", icon="MODIFIER")
        column = layout.column()
        for line in lines:
            icon = health.ICONS.get(line.state, "QUESTION")
            if line.state == "ok":
                column.label(text=words.short(line.text, letters(context)), icon=icon)
                continue
            paragraph(column, context, words.sentence(line.text), icon)
            if line.hint:
                paragraph(column, context, words.sentence(line.hint), "BLANK1")
        self._measured(context, state)
        self._caches(context, state)

    def _measured(self, context: Any, state: Any) -> None:
        """What failed in the last days, by cause, and what takes long, with the switch of that."""
        metrics = state.metrics
        faults = health.fault_lines(metrics)
        if faults:
            self.layout.label(text="Failures of the last seven days", icon="ERROR")
        for line in faults:
            box = self.layout.box()
            row = box.row(align=True)
            row.label(text=words.short(line.text, letters(context) - 4))
            row.operator("audobon.copy_text", text="", icon="COPYDOWN").text = line.details
            paragraph(box, context, line.advice)
        slow = health.slow_lines(metrics)
        if slow:
            self.layout.label(text="What takes long", icon="TIME")
        column = self.layout.column(align=True)
        column.scale_y = 0.8
        for text in slow:
            column.label(text=words.short(text, letters(context)))
        where, switch = health.switch_lines(metrics)
        if switch:
            row = self.layout.row()
            row.enabled = not state.read_only
            if where:
                row.label(text=where)
            row.operator("audobon.switch_metrics", text=switch)

    def _failed(self, context: Any, state: Any) -> None:
        """Jobs that can be tried again, and what else went wrong in this session."""
        for line in health.jobs(state)[:_SHOWN]:
            box = self.layout.box()
            row = box.row(align=True)
            row.label(text=words.short(line.text, letters(context) - 6), icon="ERROR")
            again = row.row(align=True)
            again.enabled = not state.read_only
            again.operator("audobon.retry_job", text="", icon="FILE_REFRESH").number = line.id
            row.operator("audobon.copy_text", text="", icon="COPYDOWN").text = line.details
            paragraph(box, context, words.sentence(line.reason))
        session = here.session()
        for trouble in () if session is None else session.troubles[:_SHOWN]:
            row = self.layout.row(align=True)
            text = words.short(health.trouble_text(trouble), letters(context) - 4)
            row.label(text=text, icon="INFO")
            details = health.report(trouble)
            row.operator("audobon.copy_text", text="", icon="COPYDOWN").text = details

    def _caches(self, context: Any, state: Any) -> None:
        if not state.caches:
            return
        for text in health.storage(state.stats):
            self.layout.label(text=words.short(text, letters(context)), icon="FILE_TICK")
        box = self.layout.box()
        box.label(text="Kept only to be quicker", icon="DISK_DRIVE")
        column = box.column(align=True)
        column.scale_y = 0.8
        for text in health.cache_text(state.caches):
            column.label(text=words.short(text, letters(context)))
        row = box.row(align=True)
        row.enabled = not state.read_only
        for cache in state.caches:
            name = cache.name.capitalize()
            button = row.operator("audobon.limit_cache", text=name, icon="PREFERENCES")
            button.name, button.megabytes = cache.name, max(17, cache.budget // 10**6)
        row = box.row()
        row.enabled = not state.read_only
        row.operator("audobon.clear_caches", icon="TRASH")


class AUDOBON_OT_check(Handing):
    """Look at every part of the library, its engine and this machine"""

    bl_idname = "audobon.check"
    bl_label = "Check Library"

    def hand(self, session: Any) -> None:
        session.check()


class AUDOBON_OT_health_page(Handing):
    """Show health, response times and failures with plots, in the browser of your system"""

    bl_idname = "audobon.health_page"
    bl_label = "Show Health in Browser"

    def hand(self, session: Any) -> None:
        session.health_page(opened.open_page)


class AUDOBON_OT_switch_metrics(Handing):
    """Have it kept how long things take and what fails, or not. What was kept stays"""

    bl_idname = "audobon.switch_metrics"
    bl_label = "Keep How Long Things Take"

    def hand(self, session: Any) -> None:
        metrics = session.state.metrics
        session.switch_metrics(on=metrics is not None and not metrics.on)


class AUDOBON_OT_mend(Handing):
    """Build the search again, set damaged parts aside and put sound ones in their place"""

    bl_idname = "audobon.mend"
    bl_label = "Mend"

    def hand(self, session: Any) -> None:
        session.check(repair=True)


class AUDOBON_OT_clear_caches(Handing):
    """Free what is kept only to be quicker. All of it is made again when needed"""

    bl_idname = "audobon.clear_caches"
    bl_label = "Clear Caches"

    def invoke(self, context: Any, event: Any) -> set[str]:
        return set(context.window_manager.invoke_confirm(self, event))

    def hand(self, session: Any) -> None:
        session.clear_caches()


class AUDOBON_OT_limit_cache(Handing):
    """Say how much this may take. What was not looked at for longest goes first"""

    bl_idname = "audobon.limit_cache"
    bl_label = "Room of a Cache"
    name: kit.StringProperty(options={"HIDDEN"})
    megabytes: kit.IntProperty(name="Megabytes", default=4_000, min=17, max=2_000_000)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self))

    def hand(self, session: Any) -> None:
        session.limit_cache(self.name, self.megabytes * 10**6)


class AUDOBON_OT_retry_job(Handing):
    """Have this piece of work begun anew"""

    bl_idname = "audobon.retry_job"
    bl_label = "Try Again"
    number: kit.IntProperty()

    def hand(self, session: Any) -> None:
        session.retry_job(self.number)


class AUDOBON_OT_show_log(kit.Operator):
    """Open a text with what Audobon has done in this session, and what went wrong"""

    bl_idname = "audobon.show_log"
    bl_label = "Show Log"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None:
            return STOPPED
        folder = kit.user_folder(here.here().package)
        write_log(session, folder, show=not kit.in_background())
        return DONE


class AUDOBON_OT_copy_log(kit.Operator):
    """Copy what Audobon has done in this session, and what went wrong"""

    bl_idname = "audobon.copy_log"
    bl_label = "Copy Log"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None:
            return STOPPED
        session.log(kit.copy_text)
        return DONE


CLASSES = (
    AUDOBON_OT_check,
    AUDOBON_OT_health_page,
    AUDOBON_OT_switch_metrics,
    AUDOBON_OT_mend,
    AUDOBON_OT_clear_caches,
    AUDOBON_OT_limit_cache,
    AUDOBON_OT_retry_job,
    AUDOBON_OT_show_log,
    AUDOBON_OT_copy_log,
    AUDOBON_PT_health,
)
