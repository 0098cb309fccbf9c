"""The picture of all layers of a merged Krita document, made of those of the documents it is of.

Where the merged document shows what one of them shows, its pixels are taken as
Krita has drawn them. Only where both sides painted in one square are layers
composed here, and only plain ones: paint layers and groups of 8 bits in normal
mode, to within one step of 8 bits a layer. Anything else has no picture here.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import define, evolve, field
from PIL import Image

from audobon.formats.kra_document import ROOT
from audobon.formats.kra_seen import SIDE, Look, Square, offset
from audobon.formats.kra_write import Opened
from audobon.formats.layer_digest import Pieces, packed_tiles
from audobon.formats.render.encode import png_bytes, shrink
from audobon.formats.render.whole import Whole, read_whole, write_whole

__all__ = ["composed", "patched_picture"]

Array = np.ndarray[Any, Any]

_PREVIEW = 256  # as Krita makes it
_PIXEL = 4
_PLAIN = ("paintlayer", "grouplayer")
_HELD = 4096  # tiles that are kept unpacked: 64 MB


def patched_picture(
    opened: Mapping[str, Opened],
    merged: Look,
    areas: Mapping[str, set[Square]],
    folder: str,
    check: Callable[[], None],
) -> dict[str, bytes]:
    """``mergedimage.png`` and ``preview.png`` of ``merged``; empty where they cannot be made.

    ``areas`` says for ours and theirs where the merged document differs from
    it; the same for both means that it has to be composed there. ``folder`` is
    for files on the way.
    """
    name = "mergedimage.png"
    if any(name not in opened[side].document.pictures for side in areas):
        return {}
    both = areas["ours"] & areas["theirs"]
    if both and not _plain(merged):
        return {}
    whole = {side: _decoded(opened[side], name, folder) for side in areas}
    mine, other = whole["ours"], whole["theirs"]
    same = (mine.pixels.shape, mine.kind, mine.profile) == (
        *(other.pixels.shape, other.kind, other.profile),
    )
    if not same or (both and (mine.kind != "u8" or mine.pixels.shape[2] != _PIXEL)):
        return {}
    pixels = mine.pixels.copy()
    composer = _Composer(merged)
    for square in sorted(areas["ours"]):
        check()
        place = _place(square)
        if square in both:
            drawn = composer.square(square)
            rows, columns = pixels[place].shape[:2]
            pixels[place] = drawn[:rows, :columns]
        else:
            pixels[place] = other.pixels[place]
    return _encoded(evolve(mine, pixels=pixels), folder, check)


def composed(look: Look, square: Square) -> Array:
    """One square of a plain document as u8 RGBA, put together from its layers."""
    return _Composer(look).square(square)


def _place(square: Square) -> tuple[slice, slice]:
    column, row = square
    return (
        slice(row * SIDE, row * SIDE + SIDE),
        slice(column * SIDE, column * SIDE + SIDE),
    )


def _decoded(opened: Opened, name: str, folder: str) -> Whole:
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".png", delete=False) as file:
        for piece in opened.pieces(name):
            file.write(piece)
    try:
        return read_whole(file.name)
    finally:
        os.unlink(file.name)


def _encoded(picture: Whole, folder: str, check: Callable[[], None]) -> dict[str, bytes]:
    path = os.path.join(folder, "mergedimage.png")
    write_whole(path, picture, check)
    with open(path, "rb") as stream:
        found = {"mergedimage.png": stream.read()}
    os.unlink(path)
    if picture.kind == "u8" and picture.pixels.shape[2] == _PIXEL:
        small = shrink(Image.fromarray(picture.pixels, "RGBA"), _PREVIEW)
        found["preview.png"] = png_bytes(np.asarray(small))
    return found


def _plain(look: Look) -> bool:
    """Whether everything that is seen can be composed here."""
    document = look.opened["ours"].document
    if document.frame["colorspacename"] != "RGBA" or not look.local():
        return False
    units = [one.document.units.get("background color") for one in look.opened.values()]
    colors = [
        element.values.get("ColorData", "") for unit in units if unit for element in unit.elements
    ]
    if any(any(base64.b64decode(color)) for color in colors):
        return False
    return all(look.hidden(ident) or _plain_layer(look, ident) for ident in look.layers)


def _plain_layer(look: Look, ident: str) -> bool:
    placed = look.layers[ident]
    values = placed.node.element.values
    if values["nodetype"] == "selectionmask":
        return True
    flags = values.get("channelflags", "")
    usual = values.get("compositeop") == "normal" and set(flags) <= {"1"}
    if values["nodetype"] == "grouplayer":
        return usual
    return (
        usual
        and values["nodetype"] == "paintlayer"
        and values.get("colorspacename") == "RGBA"
        and look.tiles(ident) is not None
        and _profile(look, ident) == _profile_of(look)
    )


def _profile(look: Look, ident: str) -> bytes:
    placed = look.layers[ident]
    opened = look.opened[placed.side]
    name = dict(opened.document.stems[placed.node.stem]).get(".icc")
    return b"" if name is None else opened.whole(name)


def _profile_of(look: Look) -> bytes:
    opened = look.opened["ours"]
    name = opened.document.files.get("\0annotations/icc")
    return b"" if name is None else opened.whole(name)


@define(eq=False)
class _Composer:
    """Draws squares of the canvas as u8 RGBA."""

    look: Look
    tiles: dict[str, dict[tuple[int, int], bytes]] = field(factory=dict)
    edges: dict[str, bytes] = field(factory=dict)
    _unpacked: dict[tuple[str, int, int], Array] = field(factory=dict)

    def square(self, square: Square) -> Array:
        left, top = square[0] * SIDE, square[1] * SIDE
        canvas = self._group(ROOT, left, top)
        return canvas[..., [2, 1, 0, 3]]

    def _group(self, home: str, left: int, top: int) -> Array:
        canvas = np.zeros((SIDE, SIDE, _PIXEL), np.uint8)
        self._onto(canvas, home, left, top)
        return canvas

    def _onto(self, canvas: Array, home: str, left: int, top: int) -> None:
        for ident in reversed(self.look.children.get(home, ())):
            values = self.look.node(ident).element.values
            if values.get("visible", "1") == "0" or values["nodetype"] == "selectionmask":
                continue
            if values["nodetype"] == "grouplayer":
                if values.get("passthrough", "0") != "0":
                    self._onto(canvas, ident, left, top)
                    continue
                drawn = self._group(ident, left, top)
            else:
                drawn = self._layer(ident, left, top)
            _over(canvas, drawn, int(values.get("opacity", "255")))

    def _layer(self, ident: str, left: int, top: int) -> Array:
        """BGRA of a layer at a place of the canvas, from up to four of its tiles."""
        away = offset(self.look.node(ident))
        x, y = left - away[0], top - away[1]
        drawn = np.zeros((SIDE, SIDE, _PIXEL), np.uint8)
        if edge := self._edge(ident):
            drawn[:] = np.frombuffer(edge, np.uint8, _PIXEL)
        for tile_x in {x // SIDE * SIDE, (x + SIDE - 1) // SIDE * SIDE}:
            for tile_y in {y // SIDE * SIDE, (y + SIDE - 1) // SIDE * SIDE}:
                tile = self._tile(ident, tile_x, tile_y)
                if tile is not None:
                    _lay(drawn, tile, tile_x - x, tile_y - y)
        return drawn

    def _edge(self, ident: str) -> bytes:
        if ident not in self.edges:
            self.edges[ident] = self.look.edge(ident)
        return self.edges[ident]

    def _tile(self, ident: str, x: int, y: int) -> Array | None:
        if ident not in self.tiles:
            self.tiles[ident] = self._read(ident)
        data = self.tiles[ident].get((x, y))
        if data is None:
            return None
        if len(self._unpacked) >= _HELD:
            self._unpacked.clear()
        key = (ident, x, y)
        if key not in self._unpacked:
            self._unpacked[key] = _unpacked(data)
        return self._unpacked[key]

    def _read(self, ident: str) -> dict[tuple[int, int], bytes]:
        placed = self.look.layers[ident]
        opened = self.look.opened[placed.side]
        name = dict(opened.document.stems[placed.node.stem])[""]
        _, pixel, tiles = packed_tiles(Pieces(opened.pieces(name)))
        if pixel != _PIXEL:
            raise ValueError("pixels of a layer are of another size")
        return {(x, y): data for y, x, data in tiles}


def _lay(drawn: Array, tile: Array, x: int, y: int) -> None:
    """Put a tile where its corner lies; what is outside is cut off."""
    left, top = max(0, x), max(0, y)
    right, bottom = min(SIDE, x + SIDE), min(SIDE, y + SIDE)
    if left < right and top < bottom:
        drawn[top:bottom, left:right] = tile[top - y : bottom - y, left - x : right - x]


def _over(canvas: Array, drawn: Array, opacity: int) -> None:
    """Normal mode with straight alpha, rounded as it is stored."""
    below, above = canvas.astype(np.float64), drawn.astype(np.float64)
    cover = np.rint(above[..., 3] * opacity / 255) / 255
    under = below[..., 3] / 255
    alpha = cover + under - cover * under
    share = np.divide(cover, alpha, out=np.zeros_like(alpha), where=alpha > 0)[..., None]
    color = below[..., :3] + (above[..., :3] - below[..., :3]) * share
    canvas[..., :3] = np.rint(color)
    canvas[..., 3] = np.rint(alpha * 255)


def _unpacked(data: bytes) -> Array:
    """A tile of four bytes a pixel: as it is after a 0, or packed by planes after a 1.

    The format is that of Krita's ``KisTileCompressor2``.
    """
    size = SIDE * SIDE * _PIXEL
    if data[:1] == b"\0":
        flat = np.frombuffer(data, np.uint8, size, 1)
        return flat.reshape(SIDE, SIDE, _PIXEL)
    planes = np.frombuffer(_unlzf(data[1:], size), np.uint8).reshape(_PIXEL, SIDE, SIDE)
    return np.ascontiguousarray(np.moveaxis(planes, 0, -1))


def _unlzf(data: bytes, size: int) -> bytes:
    """LZF as liblzf writes it: runs of up to 32 bytes, and copies of what came before."""
    out = bytearray()
    at = 0
    while at < len(data):
        control = data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += data[at]
            at += 1
        begin = len(out) - ((control & 31) << 8) - data[at] - 1
        at += 1
        if begin < 0 or len(out) > size:
            raise ValueError("a tile of a layer is damaged")
        for _ in range(length + 2):
            out.append(out[begin])
            begin += 1
    if len(out) != size:
        raise ValueError("a tile of a layer is damaged")
    return bytes(out)
