# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons that bring the chosen asset into the open file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import kit
from ..logic.bundles import maps
from ..logic.ready import is_picture

if TYPE_CHECKING:
    from audobon.session.state import Chosen, State

__all__ = ["several", "uses"]


def uses(layout: Any, context: Any, state: State) -> None:
    """Draw what can be done with the chosen asset; its file is there."""
    chosen = state.chosen
    if chosen is None:
        return
    column = layout.column(align=True)
    column.scale_y = 1.2
    if chosen.asset.kind == "blend":
        _scene(column, context)
    elif is_picture(chosen.asset):
        _image(column, context, chosen)


def _scene(column: Any, context: Any) -> None:
    how = kit.settings(context).how
    column.prop(kit.settings(context), "how", text="")
    for name, text, icon in (
        ("use_scene", "At the 3D Cursor", "PIVOT_CURSOR"),
        ("place", "With the Mouse", "CURSOR"),
    ):
        column.operator(f"audobon.{name}", text=text, icon=icon).how = how
    several(column.row(align=True), how)
    row = column.row(align=True)
    row.operator("audobon.use_part", icon="VIEWZOOM").how = how
    button = row.operator("audobon.give_material", text="Material", icon="EYEDROPPER")
    button.how, button.point = how, True
    column.operator("audobon.open_asset", icon="FILE_BLEND")


def several(row: Any, how: str, **which: Any) -> None:
    """The buttons of the layouts, for what ``which`` says, else for the chosen asset."""
    for layout_as in ("ROW", "GRID", "SCATTER"):  # without icons, which would cut the words
        name, text = "audobon.place_several", layout_as.title()
        kit.button(row, name, "NONE", text=text, how=how, layout_as=layout_as, **which)


def _image(column: Any, context: Any, chosen: Chosen) -> None:
    row = column.row(align=True)
    row.operator("audobon.use_image", text="Plane", icon="MESH_PLANE").use = "plane"
    row.operator("audobon.use_image", text="Reference", icon="IMAGE_REFERENCE").use = "empty"
    row = column.row(align=True)
    row.operator("audobon.use_image", text="Texture", icon="TEXTURE").use = "texture"
    row.operator("audobon.use_image", text="World", icon="WORLD").use = "world"
    several(column.row(align=True), "APPEND")
    row = column.row(align=True)
    size = kit.settings(context).map_size
    textures = chosen.textures if chosen.bundle is None else maps(chosen, size)
    text = "Material" if textures is None else f"Material of {len(textures.maps)} Maps"
    row.operator("audobon.give_material", text=text, icon="MATERIAL").point = False
    row.operator("audobon.give_material", text="", icon="EYEDROPPER").point = True
