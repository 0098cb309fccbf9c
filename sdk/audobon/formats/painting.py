"""Krita (.kra) and OpenRaster (.ora) paintings: zip archives with an XML list of layers."""

from __future__ import annotations

import zipfile

from attrs import field, mutable

from audobon.formats import facts
from audobon.formats.archive import member, member_pieces, open_archive
from audobon.formats.embedded import Embedded
from audobon.formats.images import jpeg_size, png_size
from audobon.formats.safexml import parse_xml
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PREVIEWS", "PROBES", "REFERENCES"]

_MAX_XML = 8 << 20
"""Bytes of a layer list; 1,000 layers take about half a megabyte."""

_MAX_PICTURE = 32 << 20
_MAX_ONLY_PICTURE = 96 << 20
"""Bytes of a stored picture that is handed out. Above the first the small preview serves; where
there is none (templates of Krita 4 in print size, 70 MB) the second holds."""

# Krita's colour model ids -> channels with alpha, colour space, alpha, bits, float.
_MODELS = {
    "RGBA": (4, "rgb", 8, False),
    "RGBA16": (4, "rgb", 16, False),
    "RGBAF16": (4, "rgb", 16, True),
    "RGBAF32": (4, "rgb", 32, True),
    "GRAYA": (2, "gray", 8, False),
    "GRAYA16": (2, "gray", 16, False),
    "GRAYAF16": (2, "gray", 16, True),
    "GRAYAF32": (2, "gray", 32, True),
    "CMYK": (5, "cmyk", 8, False),
    "CMYKA16": (5, "cmyk", 16, False),
    "CMYKAF32": (5, "cmyk", 32, True),
    "LABA": (4, "lab", 16, False),
    "LABAF32": (4, "lab", 32, True),
    "XYZA16": (4, "xyz", 16, False),
    "XYZAF16": (4, "xyz", 16, True),
    "XYZAF32": (4, "xyz", 32, True),
    "YCBCRA8": (4, "ycbcr", 8, False),
    "YCBCRA16": (4, "ycbcr", 16, False),
    "YCBCRAF32": (4, "ycbcr", 32, True),
}


@mutable(slots=True)
class _Painting:
    """What the XML said."""

    width: int = 0
    height: int = 0
    attributes: dict[str, AttributeValue | None] = field(factory=dict)
    layers: list[str] = field(factory=list)
    files: list[str] = field(factory=list)
    moving: bool = False


def _whole(text: str) -> int:
    """A positive whole number as these formats write it, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _decimal(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


class _KritaReader:
    def __init__(self) -> None:
        self.found = _Painting()

    def start(self, name: str, values: dict[str, str]) -> None:
        if name == "DOC":
            self.found.attributes["creator"] = values.get("editor", "Krita")
            self.found.attributes["creator_version"] = values.get("kritaVersion")
        elif name == "IMAGE":
            self._image(values)
        elif name == "layer":
            self._layer(values)
        elif name == "framerate":
            self.found.attributes["frame_rate"] = _decimal(values.get("value", ""))
        elif name == "range":
            self.found.attributes["frame_start"] = _whole(values.get("from", ""))
            self.found.attributes["frame_end"] = _whole(values.get("to", ""))

    def _image(self, values: dict[str, str]) -> None:
        self.found.width = _whole(values.get("width", ""))
        self.found.height = _whole(values.get("height", ""))
        space = values.get("colorspacename", "")
        model = _MODELS.get(space)
        found = self.found.attributes
        found["title"] = values.get("name")
        found["color_profile"] = values.get("profile")
        found["color_space"] = model[1] if model else space.lower()
        if model:
            found["channels"], found["bit_depth"], found["float_pixels"] = model[0], *model[2:]
            found["alpha"] = True
        dpi = _decimal(values.get("x-res", ""))
        found["dpi"] = round(dpi, 2) if dpi and 0 < dpi < 1e6 else None

    def _layer(self, values: dict[str, str]) -> None:
        self.found.layers.append(values.get("name", ""))
        self.found.moving = self.found.moving or "keyframes" in values
        if values.get("nodetype") == "filelayer" and values.get("source"):
            self.found.files.append(values["source"])


def _read_kra(source: Source) -> _Painting:
    reader = _KritaReader()
    with open_archive(source) as archive:
        if "maindoc.xml" not in archive.namelist():
            raise source.bad("it has no maindoc.xml")
        parse_xml(member_pieces(source, archive, "maindoc.xml", limit=_MAX_XML), reader.start)
    if not reader.found.width or not reader.found.height:
        raise source.bad("its image has no size")
    return reader.found


class _OraReader:
    def __init__(self) -> None:
        self.found = _Painting()

    def start(self, name: str, values: dict[str, str]) -> None:
        if name == "image":
            self.found.width = _whole(values.get("w", ""))
            self.found.height = _whole(values.get("h", ""))
            dpi = _whole(values.get("xres", ""))
            self.found.attributes["dpi"] = float(dpi) if dpi else None
        elif name == "layer" or (name == "stack" and values.get("name") not in (None, "root")):
            self.found.layers.append(values.get("name", ""))


def _read_ora(source: Source) -> _Painting:
    reader = _OraReader()
    with open_archive(source) as archive:
        if "stack.xml" not in archive.namelist():
            raise source.bad("it has no stack.xml")
        parse_xml(member_pieces(source, archive, "stack.xml", limit=_MAX_XML), reader.start)
    if not reader.found.width or not reader.found.height:
        raise source.bad("its image has no size")
    # The OpenRaster specification allows 8 bit (and 16 bit) sRGB PNG layers only.
    reader.found.attributes |= {"color_space": "rgb", "channels": 4, "alpha": True}
    return reader.found


def _facts(name: str, found: _Painting) -> Facts:
    attributes = found.attributes
    shown = facts.names(found.layers)
    attributes["layers"] = len(found.layers)
    attributes["layer_names"] = shown
    attributes["links"] = len(found.files) or None
    title = attributes.get("title")
    words = (facts.clean(title) if isinstance(title, str) else "", *shown)
    return facts.make(
        "document",
        name,
        width=found.width,
        height=found.height,
        attributes=attributes,
        text=words,
    )


def probe_kra(source: Source) -> Facts:
    """Facts of a Krita document."""
    found = source.once(_read_kra)
    found.attributes["animated"] = found.moving
    if not found.moving:  # Krita writes a default time range into every still picture
        for name in ("frame_start", "frame_end", "frame_rate"):
            found.attributes.pop(name, None)
    return _facts("kra", found)


def probe_ora(source: Source) -> Facts:
    """Facts of an OpenRaster document."""
    return _facts("ora", _read_ora(source))


def kra_references(source: Source) -> tuple[str, ...]:
    """The files of file layers."""
    return tuple(source.once(_read_kra).files)


def _picture(source: Source, *wanted: str) -> Embedded | None:
    with open_archive(source) as archive:
        here = [name for name in wanted if name in archive.NameToInfo]
        for limit in (_MAX_PICTURE, _MAX_ONLY_PICTURE):
            for name in here:
                if archive.getinfo(name).file_size <= limit:
                    found = _embedded(source, archive, name)
                    if found is not None:
                        return found
    return None


def _embedded(source: Source, archive: zipfile.ZipFile, name: str) -> Embedded | None:
    data = member(source, archive, name, limit=_MAX_ONLY_PICTURE)
    size = png_size(data)
    if size is not None:
        return Embedded(data, "image/png", *size)
    size = jpeg_size(data)
    return None if size is None else Embedded(data, "image/jpeg", *size)


def kra_preview(source: Source) -> Embedded | None:
    """The whole picture where it is not too large, else the small one."""
    return _picture(source, "mergedimage.png", "preview.png")


def ora_preview(source: Source) -> Embedded | None:
    """The whole picture where it is not too large, else the small one."""
    return _picture(source, "mergedimage.png", "Thumbnails/thumbnail.png")


PROBES = {"kra": probe_kra, "ora": probe_ora}
PREVIEWS = {"kra": kra_preview, "ora": ora_preview}
REFERENCES = {"kra": kra_references}
