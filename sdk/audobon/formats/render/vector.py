"""SVG drawings: read by us, cleaned of everything that points outside, drawn by resvg."""

from __future__ import annotations

import io
import os
import re
from xml.sax.saxutils import escape, quoteattr

import resvg_py
from PIL import Image

from audobon.formats.render.encode import encode
from audobon.formats.render.rendered import Rendered, bad, too_large
from audobon.formats.safexml import parse_xml
from audobon.formats.source import open_source

__all__ = ["draw", "drawn"]

_MAX_BYTES = 32 << 20
"""Bytes of a drawing; maps with 100,000 paths have about 20 MB."""

_MAX_SHAPES = 500_000
"""Elements after every <use> is replaced by what it names, which the drawing library does."""

_LINKS = ("href", "xlink:href")
_INLINE = ("data:image/png", "data:image/jpeg", "data:image/jpg", "data:image/gif")
"""Embedded pictures that are kept; an SVG inside an SVG would escape the cleaning."""

_OUTSIDE = re.compile(r"@import[^;]*;?|url\(\s*['\"]?(?!\s*['\"]?#)[^)]*\)", re.IGNORECASE)
"""In styles: imports, and url(...) of anything but an element of the same drawing."""

_NUMBER = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in|%)?\s*$")
_UNITS = {"pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


def draw(path: str, _name: str, size: int) -> Rendered:
    """Family function of :func:`audobon.formats.render.render`; always drawn at ``size``."""
    with Image.open(io.BytesIO(drawn(path, size)), formats=("PNG",)) as image:
        return encode(image.convert("RGBA"))


def drawn(path: str, size: int) -> bytes:
    """The drawing as a PNG file, its longer side ``size`` pixels. BadFile, LimitExceeded."""
    source = open_source(path)
    try:
        if source.size > _MAX_BYTES:
            raise too_large(path, f"{source.size >> 20} MiB of XML", f"{_MAX_BYTES >> 20} MiB")
        cleaner = _Cleaner()
        parse_xml(
            source.chunks(limit=_MAX_BYTES),
            cleaner.start,
            cleaner.end,
            cleaner.text,
            entities=True,
        )
    finally:
        source.close()
    if cleaner.shapes() > _MAX_SHAPES:
        raise too_large(path, "more shapes by reference", f"{_MAX_SHAPES:,} shapes")
    wide, tall = cleaner.proportions()
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=cleaner.document(),
            width=size if wide >= tall else None,
            height=None if wide >= tall else size,
            font_family=_family("Sans"),
            serif_family=_family("Serif"),
            sans_serif_family=_family("Sans"),
            monospace_family=_family("Sans Mono"),
            # Looking for the system's fonts takes longer than drawing: only where there is text.
            skip_system_fonts=not cleaner.has_text,
        )
    except ValueError as exc:
        raise bad(path, " ".join(str(exc).split())[:160]) from exc
    return bytes(png)


def _family(name: str) -> str | None:
    """resvg's fonts for "serif" and so on are those of Windows and macOS; elsewhere these."""
    return f"DejaVu {name}" if os.path.isdir("/usr/share/fonts") else None


class _Cleaner:
    """Writes the drawing again without what points outside, and counts what it would become."""

    def __init__(self) -> None:
        self.has_text = False
        self._out: list[str] = []
        self._open: list[int] = []
        self._children: list[list[int | str]] = []
        self._ids: dict[str, int] = {}
        self._root: dict[str, str] = {}
        self._styles = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        here = len(self._children)
        self._children.append([])
        if self._open:
            self._children[self._open[-1]].append(here)
        else:
            self._root = attributes
        self._open.append(here)
        self.has_text = self.has_text or name == "text"
        self._styles += name == "style"
        kept = {key: value for key, value in attributes.items() if _keeps(key)}
        for key in _LINKS:
            target = kept.get(key, "").strip()
            if target.startswith("#"):
                if name == "use":
                    self._children[here].append(target[1:])
            elif key in kept and not target.lower().startswith(_INLINE):
                del kept[key]
        if "id" in kept:
            self._ids.setdefault(kept["id"], here)
        if not here:
            kept |= {"xmlns": "http://www.w3.org/2000/svg"}
            kept |= {"xmlns:xlink": "http://www.w3.org/1999/xlink"}
        parts = (f" {key}={quoteattr(_inside(key, value))}" for key, value in kept.items())
        self._out.append(f"<{name}{''.join(parts)}>")

    def end(self, name: str) -> None:
        self._open.pop()
        self._styles -= name == "style"
        self._out.append(f"</{name}>")

    def text(self, data: str) -> None:
        self._out.append(escape(_OUTSIDE.sub("", data) if self._styles else data))

    def document(self) -> str:
        return "".join(self._out)

    def proportions(self) -> tuple[float, float]:
        """Width and height as the root says them, in the same unit; 1 x 1 where it does not."""
        box = re.split(r"[\s,]+", self._root.get("viewBox", "").strip())
        wide, tall = _length(self._root.get("width")), _length(self._root.get("height"))
        try:
            across, down = float(box[2]), float(box[3])
        except (IndexError, ValueError):
            return (wide or 1.0), (tall or 1.0)
        if wide and tall:
            return wide, tall
        return (across, down) if across > 0 and down > 0 else (1.0, 1.0)

    def shapes(self) -> int:
        """How many elements drawing will make, each <use> counted as a copy of its target."""
        weights: dict[int, int] = {}

        def weight(at: int, above: frozenset[int]) -> int:
            if at in weights:
                return weights[at]
            if at in above:
                return 0  # circles are not drawn
            total = 1
            for child in self._children[at]:
                target = self._ids.get(child) if isinstance(child, str) else child
                if target is not None:
                    total += weight(target, above | {at})
            weights[at] = total
            return total

        return weight(0, frozenset()) if self._children else 0


def _keeps(key: str) -> bool:
    """Attributes of SVG itself: no scripts, no namespaces of editors (nor their declarations)."""
    if key.startswith(("on", "xmlns")) or key == "xml:base":
        return False
    return ":" not in key or key in ("xlink:href", "xml:space")


def _inside(key: str, value: str) -> str:
    return value if key in _LINKS else _OUTSIDE.sub("none", value)


def _length(text: str | None) -> float:
    """A length in pixels; 0 for none, for percent and for what cannot be understood."""
    match = _NUMBER.match(text or "")
    if match is None or match[2] == "%":
        return 0.0
    return float(match[1]) * _UNITS.get(match[2] or "px", 1.0)
