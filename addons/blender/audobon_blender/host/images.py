# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of the open file: which one is meant, what it holds, and new ones."""

from __future__ import annotations

import array
import contextlib
import os
from pathlib import Path
from typing import Any

import bpy

from ..logic.saving import file_name
from ..logic.transforms import Facts, Transform, raw_form, suffix_of

__all__ = [
    "active_image",
    "add_image",
    "content",
    "facts_of",
    "find_image",
    "folder_beside",
    "show_image",
]


def active_image(context: Any) -> Any:
    """The image that is meant: of this image editor, of the active texture node, of painting.

    Else the one that an image editor in this window shows; None without any.
    """
    space = getattr(context, "space_data", None)
    if space is not None and space.type == "IMAGE_EDITOR" and space.image is not None:
        return space.image
    found = _of_node(context) or _of_painting(context)
    if found is not None:
        return found
    screen = getattr(context, "screen", None)
    for area in () if screen is None else screen.areas:
        if area.type == "IMAGE_EDITOR" and area.spaces.active.image is not None:
            return area.spaces.active.image
    return None


def _of_node(context: Any) -> Any:
    active = getattr(context, "active_object", None)
    material = None if active is None else active.active_material
    tree = None if material is None else material.node_tree
    node = None if tree is None else tree.nodes.active
    return getattr(node, "image", None)


def _of_painting(context: Any) -> Any:
    active = getattr(context, "active_object", None)
    if active is None or active.mode != "TEXTURE_PAINT":
        return None
    paint = context.tool_settings.image_paint
    if paint.mode == "IMAGE":
        return paint.canvas
    material = active.active_material
    images = () if material is None else material.texture_paint_images
    slot = -1 if material is None else material.paint_active_slot
    return images[slot] if 0 <= slot < len(images) else None


def facts_of(image: Any) -> Facts:
    """What is known of an image. Its size is asked for only where its pixels are needed."""
    changed, source = bool(image.is_dirty), str(image.source)
    path = bpy.path.abspath(image.filepath, library=image.library) if image.filepath else ""
    pixels = changed or source == "GENERATED"
    width, height = image.size if pixels else (0, 0)
    return Facts(
        name=image.name,
        kind=str(image.type),
        source=source,
        path=os.path.normpath(path) if path else "",
        there=bool(path) and os.path.isfile(path),
        packed=image.packed_file is not None,
        changed=changed,
        alpha=str(image.alpha_mode),
        size=(int(width), int(height)),
        channels=int(image.channels) if pixels else 4,
    )


def content(image: Any, facts: Facts, way: str) -> dict[str, Any]:
    """What ``audobon.session.Picture`` wants of the image, besides its name."""
    if way == "file":
        return {"path": facts.path}
    if way == "packed":
        return {"data": image.packed_file.data, "suffix": suffix_of(image.file_format)}
    # Of zero bytes, which is the quickest way without numpy; Blender takes no memoryview.
    pixels = array.array("f", bytes(facts.size[0] * facts.size[1] * facts.channels * 4))
    image.pixels.foreach_get(pixels)
    opaque = image.alpha_mode == "NONE" or image.depth in (8, 16, 24, 48, 96)
    form = raw_form(facts, light=bool(image.is_float), opaque=opaque)
    return {"data": pixels, "raw": form}


def folder_beside(facts: Facts) -> str:
    """Where a file beside this image goes: its own folder, else that of the open file; or empty."""
    if facts.path and os.path.isdir(os.path.dirname(facts.path)):
        return os.path.dirname(facts.path)
    return os.path.dirname(str(bpy.data.filepath))


def add_image(file: str, name: str, source: str, how: Transform, *, pack: bool) -> Any:
    """Load a new image as one step of undo. RuntimeError when Blender cannot read it.

    It has the colour space and the way of alpha of the image ``source`` as
    far as ``how`` says so and that is still there.
    """
    image = bpy.data.images.load(file)
    image.name = name
    before = find_image(source)
    if how.data:
        image.colorspace_settings.name = "Non-Color"
    elif how.colors and before is not None:
        # An image that Blender holds as light came from an EXR, which is light by itself.
        plain = not (before.is_float and file.endswith(".exr"))
        if plain or before.colorspace_settings.is_data:
            image.colorspace_settings.name = before.colorspace_settings.name
        if before.alpha_mode != "CHANNEL_PACKED" and plain and not how.clears:
            image.alpha_mode = before.alpha_mode
    if pack:
        image.pack()
        image.filepath_raw = f"//{file_name(name)}{Path(file).suffix}"
    image.use_fake_user = True  # nothing uses it yet, and it must survive saving
    _push(f"{how.label}: {source}")
    return image


def _push(label: str) -> None:
    # From our timer there is no window, and undo needs none. Not in a ``temp_override`` of one:
    # see ``kit.begin_waiting``.
    # While something else goes on, Blender takes no step; the image is there all the same.
    with contextlib.suppress(RuntimeError):
        bpy.ops.ed.undo_push(message=label)


def find_image(name: str) -> Any:
    """The image of this name, None when there is none."""
    return bpy.data.images.get(name)


def show_image(image: Any, instead_of: Any = None) -> int:
    """Show an image in the image editors, or in those that show another one; in how many."""
    shown = 0
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type != "IMAGE_EDITOR":
                continue
            space = area.spaces.active
            if instead_of is None or space.image == instead_of:
                space.image = image
                area.tag_redraw()
                shown += 1
    return shown
