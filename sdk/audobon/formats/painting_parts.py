"""Layers of Krita (.kra) and OpenRaster (.ora) paintings as parts, with a digest of their content.

Names are paths through the groups ("Character/Ink"), masks lie under their
layer, and the order is that of the file: the top layer first.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field

from audobon.errors import LimitExceeded
from audobon.formats import facts
from audobon.formats.archive import member_pieces, open_archive
from audobon.formats.kra_content import Box, Budget, LayerContents
from audobon.formats.layer_digest import png_pixels
from audobon.formats.safexml import parse_xml
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue
from audobon.model.parts import Part

__all__ = ["free_path", "kra_parts", "krita_facts", "layer_name", "ora_parts"]

_MAX_XML = 8 << 20
"""As for the facts of a painting: 1,000 layers take about half a megabyte."""

_MAX_LAYERS = 10_000

_TYPES = {
    "paintlayer": "paint",
    "grouplayer": "group",
    "shapelayer": "vector",
    "adjustmentlayer": "filter",
    "generatorlayer": "fill",
    "clonelayer": "clone",
    "filelayer": "file",
    "selectionmask": "selection mask",
    "transparencymask": "transparency mask",
    "filtermask": "filter mask",
    "transformmask": "transform mask",
    "colorizemask": "colorize mask",
}
"""Krita's node types in its own words for people; others stay as they are."""


@define(slots=True)
class _Layer:
    """What the XML says of one layer, and where its content lies."""

    name: str
    values: dict[str, str]
    kind: str = ""
    children: list[_Layer] = field(factory=list)


class _Tree:
    """Gathers elements that nest: those of ``names``, unless ``skip`` says that they are none."""

    def __init__(self, names: tuple[str, ...], skip: Callable[[str, dict[str, str]], bool]) -> None:
        self.top: list[_Layer] = []
        self._names = names
        self._skip = skip
        self._open: list[_Layer | None] = []
        self._count = 0

    def start(self, name: str, values: dict[str, str]) -> None:
        if name not in self._names or self._skip(name, values):
            self._open.append(None)
            return
        self._count += 1
        if self._count > _MAX_LAYERS:
            raise LimitExceeded(f"a painting has too many layers; {_MAX_LAYERS:,} are allowed")
        layer = _Layer(layer_name(values.get("name", "")), values, name)
        above = next((each for each in reversed(self._open) if each is not None), None)
        (self.top if above is None else above.children).append(layer)
        self._open.append(layer)

    def end(self, _name: str) -> None:
        self._open.pop()


def kra_parts(source: Source) -> tuple[Part, ...]:
    """The layers and masks of a Krita document.

    The digest covers everything that Krita stores of a layer: tiles in any
    order, vector shapes, filter settings, frames, the colour around the tiles.
    ``bounds`` are those of its tiles, so to whole 64 pixels.
    """
    tree = _Tree(("layer", "mask"), lambda _name, values: "nodetype" not in values)
    return _read(source, "maindoc.xml", tree, _KritaContent)


def ora_parts(source: Source) -> tuple[Part, ...]:
    """The layers of an OpenRaster document.

    The digest covers a layer's pixels as they are in its PNG, whatever they
    are packed with; the metadata of the PNG is passed over.
    """
    root = [True]

    def skip(name: str, _values: dict[str, str]) -> bool:
        is_root = name == "stack" and root[0]  # the outermost stack is the picture itself
        root[0] = root[0] and not is_root
        return is_root

    tree = _Tree(("layer", "stack"), skip)
    return _read(source, "stack.xml", tree, _OraContent)


def _read(
    source: Source, member: str, tree: _Tree, content: Callable[[Source, zipfile.ZipFile], Any]
) -> tuple[Part, ...]:
    with open_archive(source) as archive:
        if member not in archive.NameToInfo:
            raise source.bad(f"it has no {member}")
        pieces = member_pieces(source, archive, member, limit=_MAX_XML)
        parse_xml(pieces, tree.start, tree.end)
        return _flat(tree.top, content(source, archive))


def _flat(layers: list[_Layer], content: Any) -> tuple[Part, ...]:
    found: list[Part] = []
    taken: set[str] = set()

    def visit(layer: _Layer, group: str) -> None:
        path = free_path(layer.name, group, taken)
        digest, told, ident = content.of(layer)
        found.append(Part("layer", path, digest, told, ident))
        for child in layer.children:
            visit(child, path)

    for layer in layers:
        visit(layer, "")
    return tuple(found)


def free_path(name: str, group: str, taken: set[str]) -> str:
    """The path of a layer in a group, numbered where it is taken; it is taken then."""
    path = plain = f"{group}/{name}" if group else name
    number = 1
    while path in taken:
        number += 1
        path = f"{plain} ({number})"
    taken.add(path)
    return path


def layer_name(text: str) -> str:
    """The name of a layer as it is told."""
    return facts.clean(text) or "(no name)"


def _told(**known: AttributeValue | None) -> dict[str, AttributeValue]:
    return {name: value for name, value in known.items() if value not in (None, "")}


def _place(text: str) -> int:
    try:
        value = int(float(text))
    except (ValueError, OverflowError):
        return 0
    return value if abs(value) < 1 << 31 else 0


def _bounds(left: int, top: int, width: int, height: int) -> str:
    return f"{width} x {height} at {left}, {top}" if width and height else "no tiles"


class _KritaContent:
    """Digest, facts and identity of Krita's layers."""

    def __init__(self, source: Source, archive: zipfile.ZipFile) -> None:
        self._contents = LayerContents(source, archive)

    def of(self, layer: _Layer) -> tuple[str, dict[str, AttributeValue], str]:
        digest, box = self._contents.digest(layer.values.get("filename", ""))
        return digest, krita_facts(layer.values, box), layer.values.get("uuid", "")


class _OraContent:
    """Digest, facts and identity of OpenRaster's layers; they have no identity of their own."""

    def __init__(self, source: Source, archive: zipfile.ZipFile) -> None:
        self._source, self._archive = source, archive
        self._budget = Budget()

    def of(self, layer: _Layer) -> tuple[str, dict[str, AttributeValue], str]:
        values = layer.values
        digest, size = "", (0, 0)
        if layer.kind == "layer":
            digest, size = self._content(values.get("src", ""))
        left, top = _place(values.get("x", "0")), _place(values.get("y", "0"))
        told = _told(
            type="group" if layer.kind == "stack" else "paint",
            opacity=_percent(values.get("opacity", "1"), 1),
            blend_mode=values.get("composite-op", "svg:src-over").removeprefix("svg:"),
            visible=values.get("visibility", "visible") != "hidden",
            locked=values.get("edit-locked", "false") == "true",
            bounds=_bounds(left, top, *size) if layer.kind == "layer" else None,
        )
        return digest, told, ""

    def _content(self, name: str) -> tuple[str, tuple[int, int]]:
        if name not in self._archive.NameToInfo:
            return "missing", (0, 0)
        return png_pixels(self._budget.pieces(self._source, self._archive, name))


def krita_facts(values: Mapping[str, str], box: Box | None) -> dict[str, AttributeValue]:
    """What a person would compare of a layer or mask, by the attributes of its element."""
    left, top = _place(values.get("x", "")), _place(values.get("y", ""))
    if box is not None:
        box = (box[0] + left, box[1] + top, box[2], box[3])
    painted = values.get("nodetype") == "paintlayer"
    return _told(
        type=_TYPES.get(values.get("nodetype", ""), values.get("nodetype")),
        opacity=_percent(values.get("opacity", ""), 255),
        blend_mode=values.get("compositeop"),
        visible=values.get("visible", "1") != "0",
        locked=values.get("locked", "0") != "0",
        inherits_alpha=values.get("channelflags", "").endswith("0") or None,
        passes_through=values.get("passthrough", "0") != "0" or None,
        color_space=values.get("colorspacename"),
        position=f"{left}, {top}" if (left or top) and box is None else None,
        bounds=_bounds(*box) if box else ("no tiles" if painted else None),
        source=values.get("source") or values.get("clonefrom"),
    )


def _percent(text: str, full: int) -> str | None:
    try:
        share = float(text) / full
    except ValueError:
        return None
    return f"{100 * share:.3g} %" if 0 <= share <= 1 else None
