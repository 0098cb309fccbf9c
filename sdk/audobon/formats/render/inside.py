"""The picture that a document is seen as, for what computes with whole pictures."""

from __future__ import annotations

from pathlib import Path

from audobon.formats.merged import FORMATS, merged_picture
from audobon.formats.render.rendered import unsupported
from audobon.formats.sniff import sniff

__all__ = ["picture_inside"]

_HEAD = 4096  # bytes that tell a format
_SIDE = 1024
"""Of a drawing, which has no size of its own in pixels: networks that look see 224 to 640."""
_SCENES = ("blend", "glb", "fbx", "usda", "usdc", "ply", "abc")
_OTHERS = ("mp3", "flac", "ogg", "ttf", "otf", "woff", "woff2")


def picture_inside(path: str) -> bytes | None:
    """A PNG file: the merged picture of a painting, or a drawing drawn. None for other files.

    BadFile where the painting holds none, LimitExceeded; Unsupported for scenes, sounds and fonts:
    a preview of 256 pixels is nothing to compute with.
    """
    with open(path, "rb") as stream:
        name = sniff(stream.read(_HEAD), Path(path).suffix[1:].lower())
    if name in FORMATS:
        return merged_picture(path, name).data
    if name == "svg":
        from audobon.formats.render.vector import drawn

        return drawn(path, _SIDE)
    if name in _SCENES + _OTHERS:
        raise unsupported(
            path, f"a {name} file is no picture", hint="render or export a picture of it"
        )
    return None
