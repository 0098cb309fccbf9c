"""Files that are shown by a picture they carry inside: .blend, .kra, .ora and the like."""

from __future__ import annotations

import importlib

from PIL import Image

from audobon.formats.embedded import Embedded
from audobon.formats.render.encode import encode, shrink
from audobon.formats.render.raster import draw_bytes
from audobon.formats.render.rendered import Rendered, check_pixels, unsupported

__all__ = ["draw"]

_HINTS = {
    "blend": "save it in Blender with File Preview set to Auto in the preferences (Save & Load)",
    "kra": "save it again in Krita",
    "fbx": "convert it to glTF for a preview",
    "usda": "convert it to glTF, or save it as usdz with a picture inside",
    "usdc": "convert it to glTF, or save it as usdz with a picture inside",
}


def draw(path: str, name: str, size: int) -> Rendered:
    """Family function of :func:`audobon.formats.render.render`."""
    formats = importlib.import_module("audobon.formats")
    found: Embedded | None = formats.embedded_preview(path) if name != "unknown" else None
    if found is None:
        why = "none is stored inside" if name in _HINTS else f"{name} files are not drawn"
        raise unsupported(path, why, hint=_HINTS.get(name, ""))
    return draw_embedded(path, found, size)


def draw_embedded(path: str, found: Embedded, size: int) -> Rendered:
    """The picture that ``path`` carries, shrunk to ``size``."""
    if found.media_type != "raw/rgba8":
        return draw_bytes(path, found.data, found.media_type.rpartition("/")[2], size)
    check_pixels(path, found.width, found.height)
    shape = (found.width, found.height)
    return encode(shrink(Image.frombytes("RGBA", shape, found.data), size))
