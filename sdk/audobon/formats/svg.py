"""SVG drawings."""

from __future__ import annotations

import re
from xml.parsers.expat import ExpatError

from audobon.formats import facts
from audobon.formats.safexml import parse_xml
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES", "REFERENCES"]

_MAX_READ = 8 << 20
"""Bytes read; drawings above that are mostly embedded pictures, and counts stay partial."""

_LENGTH = re.compile(r"^\s*([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,3})?)\s*(px|pt|pc|mm|cm|in|)\s*$")
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_SHAPES = frozenset(("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text"))


def _pixels(text: str) -> int | None:
    """A CSS length in pixels of 96 a inch, None for percentages and nonsense."""
    found = _LENGTH.match(text)
    value = float(found[1]) * _UNITS[found[2]] if found else 0.0
    return max(1, round(value)) if 0 < value < 1e9 else None


class _Reader:
    def __init__(self) -> None:
        self.root: dict[str, str] | None = None
        self.shapes = 0
        self.layers: list[str] = []
        self.files: list[str] = []
        self.title = ""
        self._path: list[str] = []

    def start(self, name: str, values: dict[str, str]) -> None:
        if self.root is None:
            if name != "svg":
                raise ValueError("the first element is not svg")
            self.root = values
        self._path.append(name)
        self.shapes += name in _SHAPES
        if name == "g" and values.get("inkscape:groupmode") == "layer":
            self.layers.append(values.get("inkscape:label", ""))
        if name in ("image", "use"):
            target = values.get("xlink:href") or values.get("href") or ""
            if target and not target.startswith(("#", "data:")):
                self.files.append(target.partition("#")[0])

    def end(self, _name: str) -> None:
        if self._path:
            self._path.pop()

    def data(self, text: str) -> None:
        if self._path == ["svg", "title"] and len(self.title) < 1024:
            self.title += text


def _read(source: Source) -> _Reader:
    reader = _Reader()
    pieces = source.chunks(limit=_MAX_READ)
    try:
        parse_xml(pieces, reader.start, reader.end, reader.data, entities=True)
    except ExpatError:
        # Of a longer file the rest is missing on purpose: what came before holds.
        if source.size <= _MAX_READ or reader.root is None:
            raise
    return reader


def svg(source: Source) -> Facts:
    """Facts of an SVG. The size is its own in CSS pixels, else that of its view box."""
    reader = source.once(_read)
    if reader.root is None:
        raise source.bad("it has no svg element")
    width = _pixels(reader.root.get("width", ""))
    height = _pixels(reader.root.get("height", ""))
    if width is None or height is None:
        box = reader.root.get("viewBox", "").replace(",", " ").split()
        if len(box) == 4:
            width, height = width or _pixels(box[2]), height or _pixels(box[3])
    shown = facts.names(reader.layers)
    found: dict[str, AttributeValue | None] = {
        "title": facts.clean(reader.title),
        "objects": reader.shapes,
        "layers": len(reader.layers) or None,
        "layer_names": shown,
        "links": len(reader.files) or None,
        "partial": True if source.size > _MAX_READ else None,
        "alpha": True,
    }
    words = (facts.clean(reader.title), *shown)
    return facts.make("vector", "svg", width=width, height=height, attributes=found, text=words)


def svg_references(source: Source) -> tuple[str, ...]:
    """The targets of images and of shapes used from other files."""
    return tuple(source.once(_read).files)


PROBES = {"svg": svg}
REFERENCES = {"svg": svg_references}
