"""Small Krita documents as Krita writes them, for tests: layers of flat tiles, groups and masks."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from attrs import field, frozen

__all__ = ["KraLayer", "flat_picture", "kra_bytes", "kra_tiles"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>\n"
)
_INFO = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<document-info xmlns="http://www.calligra.org/DTD/document-info"><about>'
    "<title>{title}</title><editing-cycles>{saved}</editing-cycles></about></document-info>"
)
_SIDE = 64

Tile = tuple[int, int, int, int]
"""Red, green, blue, alpha."""


@frozen
class KraLayer:
    """``tiles`` are colours by column and row; ``below`` lies in a group, or on a layer as masks.

    ``values`` are attributes beside the usual ones, ``files`` more of its
    contents by the rest of their name.
    """

    ident: str
    name: str = ""
    kind: str = "paintlayer"
    tiles: Mapping[tuple[int, int], Tile] = field(factory=dict)
    values: Mapping[str, str] = field(factory=dict)
    below: Sequence[KraLayer] = ()
    files: Mapping[str, bytes] = field(factory=dict)

    @property
    def tag(self) -> str:
        return "mask" if self.kind.endswith("mask") else "layer"


def kra_tiles(tiles: Mapping[tuple[int, int], bytes], pixel: int = 4) -> bytes:
    """The file of a layer's tiles, not packed."""
    head = f"VERSION 2\nTILEWIDTH {_SIDE}\nTILEHEIGHT {_SIDE}\nPIXELSIZE {pixel}\n"
    found = [f"{head}DATA {len(tiles)}\n".encode()]
    for (column, row), data in tiles.items():
        packed = b"\0" + data
        found.append(f"{column * _SIDE},{row * _SIDE},LZF,{len(packed)}\n".encode() + packed)
    return b"".join(found)


def kra_bytes(
    layers: Sequence[KraLayer],
    *,
    title: str = "Painting",
    size: tuple[int, int] = (128, 128),
    session: int = 1,
    values: Mapping[str, str] | None = None,
    inner: str = "",
    members: Mapping[str, bytes] | None = None,
    picture: bytes | None = None,
) -> bytes:
    """A document with these layers, the topmost first.

    ``session`` changes what each saving changes: numbers of files, counters,
    the order of tiles. ``values`` are attributes of the picture, ``inner``
    more elements in it, ``members`` more files, where ``@/`` is the folder of
    the picture. ``picture`` is its ``mergedimage.png``.
    """
    writer = _Writer(title, session)
    body = writer.box(layers, "layers")
    usual = {
        "name": title,
        "width": str(size[0]),
        "height": str(size[1]),
        "colorspacename": "RGBA",
        "profile": "sRGB-elle-V2-srgbtrc.icc",
        "x-res": "72",
        "y-res": "72",
        "mime": "application/x-kra",
        **(values or {}),
    }
    document = (
        f'{_HEAD}<DOC xmlns="http://www.calligra.org/DTD/krita" editor="Krita" '
        f'kritaVersion="5.1.5" syntaxVersion="2"><IMAGE{_attributes(usual)}>{body}'
        f'<ProjectionBackgroundColor ColorData="AAAAAA=="/>{inner}'
        f'<animation><currentTime type="value" value="{session}"/></animation></IMAGE></DOC>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/x-kra", zipfile.ZIP_STORED)
        archive.writestr("maindoc.xml", document)
        archive.writestr("documentinfo.xml", _INFO.format(title=title, saved=session))
        for name, data in [*writer.files.items(), *(members or {}).items()]:
            archive.writestr(name.replace("@/", f"{title}/", 1), data)
        seen = flat_picture(layers, size) if picture is None else picture
        archive.writestr("mergedimage.png", seen)
    return out.getvalue()


def flat_picture(layers: Sequence[KraLayer], size: tuple[int, int]) -> bytes:
    """An RGBA PNG of what is seen of layers without offsets, in normal mode and without masks."""
    rows = []
    for top in range(0, size[1], _SIDE):
        squares = [
            _seen(layers, (left // _SIDE, top // _SIDE)) for left in range(0, size[0], _SIDE)
        ]
        line = b"".join(bytes(square) * _SIDE for square in squares)[: 4 * size[0]]
        rows += [b"\0" + line] * min(_SIDE, size[1] - top)
    header = struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _seen(layers: Sequence[KraLayer], at: tuple[int, int]) -> Tile:
    found: Tile = (0, 0, 0, 0)
    for one in reversed(layers):
        if one.tag == "layer" and one.values.get("visible", "1") != "0":
            tile = _seen(one.below, at) if one.kind == "grouplayer" else one.tiles.get(at)
            if tile is not None:
                found = _laid(found, tile, int(one.values.get("opacity", "255")))
    return found


def _laid(below: Tile, above: Tile, opacity: int) -> Tile:
    cover, under = round(above[3] * opacity / 255) / 255, below[3] / 255
    alpha = cover + under - cover * under
    share = cover / alpha if alpha else 0.0
    red, green, blue = (
        round(old + (new - old) * share) for old, new in zip(below[:3], above[:3], strict=True)
    )
    return red, green, blue, round(alpha * 255)


class _Writer:
    def __init__(self, title: str, session: int) -> None:
        self.title = title
        self.session = session
        self.number = session
        self.files: dict[str, bytes] = {}

    def box(self, layers: Sequence[KraLayer], tag: str) -> str:
        return f"<{tag}>{''.join(self.layer(one) for one in layers)}</{tag}>"

    def layer(self, one: KraLayer) -> str:
        self.number += 1
        stem = f"{one.tag}{self.number}"
        values = {
            "name": one.name or one.ident,
            "uuid": one.ident,
            "filename": stem,
            "nodetype": one.kind,
            "visible": "1",
            "locked": "0",
            "x": "0",
            "y": "0",
        }
        if one.tag == "layer":
            values |= {"opacity": "255", "compositeop": "normal", "channelflags": ""}
        if one.kind == "paintlayer":
            values["colorspacename"] = "RGBA"
            tiles = list(self._tiles(one))
            order = dict(tiles[:: -1 if self.session % 2 else 1])
            self._file(stem, kra_tiles(order))
            self._file(f"{stem}.defaultpixel", bytes(4))
        for rest, data in one.files.items():
            self._file(stem + rest, data)
        values |= one.values
        below = ""
        if one.kind == "grouplayer" or one.below:
            below = self.box(one.below, "layers" if one.kind == "grouplayer" else "masks")
        return f"<{one.tag}{_attributes(values)}>{below}</{one.tag}>"

    def _tiles(self, one: KraLayer) -> Iterator[tuple[tuple[int, int], bytes]]:
        for at, (red, green, blue, alpha) in sorted(one.tiles.items()):
            yield at, bytes((blue, green, red, alpha)) * _SIDE * _SIDE

    def _file(self, name: str, data: bytes) -> None:
        self.files[f"@/layers/{name}"] = data


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items())
