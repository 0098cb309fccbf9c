# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of local AI, in the 3D view and in the image editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import images, kit
from ..logic import engine, transforms, words
from . import here
from .panels import LibraryPanel
from .texts import computing, letters, paragraph, problem

if TYPE_CHECKING:
    from audobon.session.state import Offer, State, Tools

__all__ = ["CLASSES"]

_ICONS = {
    "upscale": "FULLSCREEN_ENTER",
    "denoise": "MATFLUID",
    "cutout": "MOD_MASK",
    "normal": "NORMALS_FACE",
    "seamless": "MOD_ARRAY",
    "lineart": "GREASEPENCIL",
}
_SUGGESTIONS = 12


class _Panel(LibraryPanel):
    def _draw(self, context: Any) -> None:
        state = here.state()
        if state is not None:
            here.here().results.seen = True
            self.fill(context, state)

    def fill(self, context: Any, state: State) -> None:
        """What the panel shows of a state."""


class AUDOBON_PT_ai(_Panel, kit.Panel):
    """What is computed on this machine, and by whom."""

    bl_label = "AI"
    bl_idname = "AUDOBON_PT_ai"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def fill(self, context: Any, state: State) -> None:
        layout = self.layout
        row = layout.row(align=True)
        row.label(text=engine.engine_text(state.engine, state.tools), icon="PLUGIN")
        row.operator("audobon.look_at_engine", text="", icon="FILE_REFRESH")
        if state.engine.problem is not None:
            problem(layout, context, state.engine.problem)
        if state.tools is not None:
            engine_lacks(layout, context, state.tools)
        computing(layout, state)


def engine_lacks(layout: Any, context: Any, tools: Tools) -> None:
    if tools.problem is not None:
        problem(layout, context, tools.problem)
        return
    text, commands = engine.lacks_text(tools)
    if not text:
        return
    box = layout.box()
    paragraph(box, context, f"{text}:", "INFO")
    row = box.row()
    column = row.column(align=True)
    for line in commands.splitlines():
        column.label(text=line)
    row.operator("audobon.copy_text", text="", icon="COPYDOWN").text = commands


class AUDOBON_PT_ai_models(_Panel, kit.Panel):
    """Which Python computes, and with which models."""

    bl_label = "Engine and Models"
    bl_idname = "AUDOBON_PT_ai_models"
    bl_parent_id = "AUDOBON_PT_ai"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def fill(self, context: Any, state: State) -> None:
        layout = self.layout
        if state.engine.python:
            layout.label(text=words.short(state.engine.python, letters(context)), icon="CONSOLE")
        for line in engine.parts_text(state.tools):
            layout.label(text=line)
        if state.tools is None:
            return
        column = layout.column(align=True)
        for name, version in state.tools.installed:
            column.label(text=f"{name} {version}", icon="CHECKMARK")
        if not state.tools.installed:
            column.label(text="No models are installed")


class _Image(_Panel):
    bl_label = "Active Image"

    def fill(self, context: Any, state: State) -> None:
        layout, image = self.layout, images.active_image(context)
        if image is None:
            text = "Choose a texture node of the active object, or an image in an Image Editor."
            paragraph(layout, context, text, "INFO")
            return
        layout.label(text=words.short(image.name, letters(context)), icon="IMAGE_DATA")
        _transforms(layout, context, state)
        _options(layout, context)
        if self.bl_space_type == "IMAGE_EDITOR":
            computing(layout, state)
        _before_after(layout, context)


class AUDOBON_PT_ai_image(_Image, kit.Panel):
    """New images of the active one."""

    bl_idname = "AUDOBON_PT_ai_image"
    bl_parent_id = "AUDOBON_PT_ai"


class AUDOBON_PT_ai_editor(_Image, kit.Panel):
    """The same beside the image itself."""

    bl_label = "AI"
    bl_idname = "AUDOBON_PT_ai_editor"
    bl_space_type = "IMAGE_EDITOR"


def _transforms(layout: Any, context: Any, state: State) -> None:
    grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    missing = []
    for each in transforms.TRANSFORMS:
        offer = None if state.tools is None else state.tools.offer(each.pipeline)
        cell = grid.row(align=True)
        cell.enabled = offer is None or offer.ready
        button = cell.operator("audobon.transform", text=each.label, icon=_ICONS[each.pipeline])
        button.pipeline = each.pipeline
        if offer is not None and offer.missing and not offer.lacks:
            missing.append((each.label, offer))
    twice = None if state.tools is None else state.tools.offer("span-x2")
    if twice is not None and not twice.ready and kit.settings(context).ai_factor == "2":
        missing.append(("Upscale 2 x", twice))
    get_models(layout, context, missing)


def get_models(layout: Any, context: Any, missing: list[tuple[str, Offer]]) -> None:
    """A button for each pipeline that lacks a model, or one sentence where nothing is fetched."""
    if not missing:
        return
    package = here.here().package
    if not kit.online(package):
        names = ", ".join(label for label, _ in missing)
        text = engine.OFFLINE if kit.has_online() else engine.OFFLINE_OLD
        paragraph(layout, context, f"Models are missing: {names}. {text}.", "INFO")
        return
    column = layout.column(align=True)
    for label, offer in missing:
        text = f"Get {label} ({words.bytes_text(offer.size)})"
        column.operator("audobon.install_model", text=text, icon="IMPORT").name = offer.name


def _options(layout: Any, context: Any) -> None:
    settings = kit.settings(context)
    layout.prop(settings, "ai_keep")
    header = layout.row()
    icon = "DOWNARROW_HLT" if settings.ai_more else "RIGHTARROW"
    header.prop(settings, "ai_more", icon=icon, emboss=False)
    if settings.ai_more:
        column = layout.column()
        column.prop(settings, "ai_wrap")
        column.prop(settings, "ai_factor")
        column.prop(settings, "ai_strength")
        column.prop(settings, "ai_directx")
        column.prop(settings, "ai_paper")


def _before_after(layout: Any, context: Any) -> None:
    last, thumbs = here.here().results.last, here.here().thumbs
    if last is None:
        return
    box = layout.box()
    box.label(text=f"{last.label}, {last.seconds:.1f} s")
    row = box.row(align=True)
    half = max(8, letters(context) // 2 - 4)
    for title, name, key in (
        ("Before", last.source, last.before),
        ("After", last.result, last.after),
    ):
        column = row.column(align=True)
        icon = thumbs.icon(key)
        if icon:
            column.template_icon(icon_value=icon, scale=5.0)
        there = images.find_image(name) is not None
        line = column.row()
        line.enabled = there
        button = line.operator("audobon.compare", text=title, icon="IMAGE")
        button.name = name
        column.label(text=words.short(name, half) if there else "(gone)")


class AUDOBON_PT_ai_tags(_Panel, kit.Panel):
    """Suggested tags, one asset after another."""

    bl_label = "Suggested Tags"
    bl_idname = "AUDOBON_PT_ai_tags"
    bl_parent_id = "AUDOBON_PT_ai"

    def fill(self, context: Any, state: State) -> None:
        layout = self.layout
        offer = None if state.tools is None else state.tools.offer("tags")
        row = layout.row(align=True)
        row.enabled = offer is None or offer.ready
        button = row.operator("audobon.suggest_tags", text="For the Asset")
        button.found = False
        row.operator("audobon.suggest_tags", text="For All Found").found = True
        if offer is not None and offer.missing and not offer.lacks:
            get_models(layout, context, [("Suggested Tags", offer)])
        queue = state.queue
        if queue is not None:
            layout.label(text=words.queue_text(queue), icon="TIME")
        row = layout.row()
        row.enabled = queue is None or bool(queue.tags)
        row.operator("audobon.next_suggestions", icon="FORWARD")
        if state.chosen is not None:
            _suggestions(layout, context, state)


def _suggestions(layout: Any, context: Any, state: State) -> None:
    chosen = state.chosen
    if chosen is None or not chosen.suggestions:
        return
    layout.label(text=words.short(chosen.asset.name, letters(context)), icon="IMAGE_DATA")
    column = layout.column(align=True)
    room = max(8, letters(context) - 18)
    for each in chosen.suggestions[:_SUGGESTIONS]:
        if len(each.tag) > room:  # a line of its own, so that one can read what one decides
            column.label(text=words.short(each.tag, letters(context)))
        row = column.row(align=True)
        name = "" if len(each.tag) > room else f"{each.tag}  "
        row.label(text=f"{name}{each.score:.0%}")
        for verdict, icon in (
            ("accept", "CHECKMARK"),
            ("reject", "X"),
            ("always", "PINNED"),
            ("never", "CANCEL"),
        ):
            button = row.operator("audobon.decide", text="", icon=icon)
            button.tag, button.verdict = each.tag, verdict
    if len(chosen.suggestions) > 1:
        row = layout.row(align=True)
        for verdict, text in (("accept", "Accept All"), ("reject", "Reject All")):
            button = row.operator("audobon.decide", text=text)
            button.tag, button.verdict = "", verdict


class AUDOBON_PT_ai_text(_Panel, kit.Panel):
    """What is written in pictures, read so that it is found."""

    bl_label = "Text in Pictures"
    bl_idname = "AUDOBON_PT_ai_text"
    bl_parent_id = "AUDOBON_PT_ai"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def fill(self, context: Any, state: State) -> None:
        offer = None if state.tools is None else state.tools.offer("ocr")
        row = self.layout.row(align=True)
        row.enabled = not state.read_only and (offer is None or offer.ready)
        one = row.row(align=True)
        one.enabled = state.chosen is not None
        one.operator("audobon.read_text", text="Of the Asset").found = False
        row.operator("audobon.read_text", text="Of All Found").found = True
        if offer is not None and offer.missing and not offer.lacks:
            get_models(self.layout, context, [("Text in Pictures", offer)])


class AUDOBON_PT_ai_alike(_Panel, kit.Panel):
    """Pictures that look like something."""

    bl_label = "Similar Pictures"
    bl_idname = "AUDOBON_PT_ai_alike"
    bl_parent_id = "AUDOBON_PT_ai"

    def fill(self, context: Any, state: State) -> None:
        layout = self.layout
        offer = None if state.tools is None else state.tools.offer("embed")
        row = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        row.enabled = offer is None or offer.ready
        for of, text, icon, there in (
            ("asset", "Asset", "ASSET_MANAGER", state.chosen is not None),
            ("image", "Image", "IMAGE_DATA", images.active_image(context) is not None),
            ("part", "Part", "BORDERMOVE", images.active_image(context) is not None),
            ("view", "View", "VIEW3D", True),
        ):
            cell = row.row(align=True)
            cell.enabled = there
            cell.operator("audobon.alike", text=text, icon=icon).of = of
        if offer is not None and offer.missing and not offer.lacks:
            get_models(layout, context, [("Similar Pictures", offer)])
        if state.like is not None and state.like.unseen:
            count = len(state.like.unseen)
            text = f"{count:,} pictures were never looked at, so they cannot be found."
            paragraph(layout, context, text, "INFO")
            layout.operator("audobon.look_at_unseen", icon="HIDE_OFF")


CLASSES = (
    AUDOBON_PT_ai,
    AUDOBON_PT_ai_image,
    AUDOBON_PT_ai_tags,
    AUDOBON_PT_ai_alike,
    AUDOBON_PT_ai_text,
    AUDOBON_PT_ai_models,
    AUDOBON_PT_ai_editor,
)
