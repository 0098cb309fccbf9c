"""Attributes that files can have, and the one way to make :class:`Facts` of them.

:data:`ATTRIBUTES` is the complete list; ``docs/formats.md`` describes each.
A parser that emits a name which is not in it is a mistake in the parser.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from audobon.model.asset import AttributeValue, Facts

__all__ = ["ATTRIBUTES", "MAX_NAMES", "MAX_TEXT", "clean", "make", "names"]

MAX_TEXT = 8192
"""Bytes of UTF-8 in ``Facts.text``: the contract of the model."""

MAX_NAMES = 200
"""Names kept in one list: more than anybody reads, and 20 KB at the very worst."""

_MAX_NAME = 256
"""Characters of one name; Blender allows 255 bytes, the others less."""

_MAX_INT = (1 << 63) - 1
"""Whole numbers are stored in 64 bits with a sign."""

ATTRIBUTES: Mapping[str, type] = {
    "actions": int,
    "action_names": tuple,
    "alpha": bool,
    "animated": bool,
    "animations": int,
    "artist": str,
    "assets": int,
    "asset_names": tuple,
    "audio_codec": str,
    "bit_depth": int,
    "bit_rate": int,
    "blender_version": str,
    "bones": int,
    "cameras": int,
    "channel_names": tuple,
    "channels": int,
    "codec": str,
    "collections": int,
    "collection_names": tuple,
    "color_profile": str,
    "color_space": str,
    "compressed": bool,
    "compression": str,
    "created": str,
    "creator": str,
    "creator_version": str,
    "dpi": float,
    "duration": float,
    "encoding": str,
    "entries": int,
    "faces": int,
    "family": str,
    "file_version": str,
    "float_pixels": bool,
    "frame_end": int,
    "frame_rate": float,
    "frame_start": int,
    "frames": int,
    "images": int,
    "image_names": tuple,
    "layer_names": tuple,
    "layers": int,
    "libraries": int,
    "library_names": tuple,
    "lights": int,
    "lines": int,
    "links": int,
    "make": str,
    "material_names": tuple,
    "materials": int,
    "mesh_names": tuple,
    "meshes": int,
    "model": str,
    "node_group_names": tuple,
    "node_groups": int,
    "object_names": tuple,
    "objects": int,
    "orientation": int,
    "pages": int,
    "partial": bool,
    "render_height": int,
    "render_width": int,
    "sample_rate": int,
    "scene_names": tuple,
    "scenes": int,
    "textures": int,
    "title": str,
    "triangles": int,
    "up_axis": str,
    "vertices": int,
    "words": int,
}
"""Name and type of every attribute that :func:`audobon.formats.probe` can give."""


def clean(raw: str | bytes) -> str:
    """One storable line of text: valid Unicode, no control characters, at most 256 characters."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    text = text[: _MAX_NAME * 4]
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())[:_MAX_NAME]


def names(found: Iterable[str | bytes]) -> tuple[str, ...]:
    """The first different names of ``found``, cleaned, at most :data:`MAX_NAMES`."""
    seen: dict[str, None] = {}
    for raw in found:
        name = clean(raw)
        if name:
            seen[name] = None
            if len(seen) >= MAX_NAMES:
                break
    return tuple(seen)


def _text(parts: Iterable[str]) -> str:
    seen: dict[str, None] = {}
    room = MAX_TEXT
    for part in parts:
        cost = len(part.encode("utf-8")) + 1
        if part and part not in seen:
            if cost > room:
                break
            room -= cost
            seen[part] = None
    return "\n".join(seen)


def _value(name: str, value: AttributeValue | None) -> AttributeValue | None:
    """``value`` in the declared type, or None where it says nothing or cannot be stored."""
    wanted = ATTRIBUTES[name]
    if value is None or value == () or value == "":
        return None
    if wanted is str:
        return clean(str(value)) or None
    if wanted is int:
        number = int(value)  # type: ignore[arg-type]
        return number if -_MAX_INT <= number <= _MAX_INT else None
    if wanted is float:
        decimal = float(value)  # type: ignore[arg-type]
        return decimal if math.isfinite(decimal) else None
    return value


def make(
    kind: str,
    format: str,
    *,
    width: int | None = None,
    height: int | None = None,
    attributes: Mapping[str, AttributeValue | None] | None = None,
    text: Iterable[str] = (),
) -> Facts:
    """Facts with storable values: attributes of None or empty are left out.

    ``text`` gives searchable words in order of worth; what does not fit into
    8 KiB is dropped from the end.
    """
    kept: dict[str, AttributeValue] = {}
    for name, raw in (attributes or {}).items():
        value = _value(name, raw)
        if value is not None:
            kept[name] = value
    return Facts(kind, format, width or None, height or None, kept, _text(text))
