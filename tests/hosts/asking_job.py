"""Questions that nobody types, in a real Blender's window: part of an image, a brush's colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy


def asking(hands: Any, here: Any, area: Any, folder: str) -> Iterator[Any]:
    """In an image editor: what looks like the part that it shows, and why; colours of brushes."""
    from audobon_blender.host import brushes, kit, lookingat
    from audobon_blender.logic import words

    space = area.spaces.active
    space.show_region_ui = False
    sheet = space.image = bpy.data.images.load(folder + " sheet.png")
    yield 0.5
    yield from hands.do_in(area, bpy.ops.image.view_all, fit_view=True)
    yield 0.3

    def seen() -> Any:
        return lookingat.shown_part(bpy.context, sheet)

    parts = [(yield from hands.do_in(area, seen))]
    yield from hands.do_in(area, bpy.ops.image.view_pan, offset=(400.0, 0.0))  # pixels of the image
    yield 0.3
    parts.append((yield from hands.do_in(area, seen)))
    yield from hands.do_in(area, bpy.ops.audobon.alike, of="part")
    yield lambda: here.state().like is not None and here.state().computing is None
    yield lambda: not here.state().searching and here.state().found.assets
    first = here.state().found.assets[0]
    part = [first.name, words.why(here.state(), first.id)]
    bpy.ops.audobon.leave_alike()
    yield lambda: here.state().like is None and not here.state().searching
    colors = [brushes.brush_color(bpy.context)]
    painted = bpy.data.brushes["TexDraw"]
    bpy.context.scene.tool_settings.image_paint.brush = painted
    bpy.context.scene.tool_settings.unified_paint_settings.use_unified_color = False
    painted.color = (0.2, 0.4, 0.6)
    kit.settings().text = "cat"
    bpy.ops.audobon.ask_color()
    colors.append(kit.settings().text)
    bpy.ops.audobon.ask_color(color=(1.0, 0.0, 0.0))
    colors.append(kit.settings().text)
    kit.settings().text = "cat"
    yield lambda: here.state().found.wanted.text == "cat" and not here.state().searching
    by_name = words.why(here.state(), here.state().found.assets[0].id)
    hands.window.workspace = bpy.data.workspaces["Layout"]
    yield 0.5
    bpy.ops.audobon.choose(ident=here.state().found.assets[0].id)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    yield 1.0
    hands.shot("blender-why")
    return {"parts": parts, "part": part, "colors": colors, "by_name": by_name}
