# SPDX-License-Identifier: GPL-3.0-or-later
"""What something is made of: the active layer, a group, the document, or what is selected of it."""

from __future__ import annotations

from typing import Any

import krita

from ..logic.making import Source, within, work_space
from .colors import CONVERTED, Converter, space_of
from .documents import Refused

__all__ = ["Anchor", "Reader", "active_name", "look", "selected"]


class Anchor:
    """Remembers a document and a layer in it, and finds them again while they are there."""

    def __init__(self, real: Any, node: Any) -> None:
        self._real = real
        self._node = node

    def document(self) -> Any | None:
        """The document, None once it was closed."""
        known = krita.Krita.instance().documents()
        return self._real if any(each == self._real for each in known) else None

    def node(self) -> Any | None:
        """The layer, None once it was deleted."""
        real = self.document()
        if real is None or self._node is None:
            return None
        # What that finds is no Node in Krita 5.1, so it only tells whether the layer is there.
        found = real.nodeByUniqueID(self._node.uniqueId())
        return None if found is None else self._node


def _active() -> tuple[Any, Any]:
    """The document and the layer that one works on; of a mask the layer that it belongs to."""
    real = krita.Krita.instance().activeDocument()
    node = None if real is None else real.activeNode()
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    return real, node


def active_name() -> str:
    """The name of the active layer, empty without one."""
    _, node = _active()
    return "" if node is None else str(node.name())


def selected() -> bool:
    """Whether something of the active document is selected."""
    real = krita.Krita.instance().activeDocument()
    selection = None if real is None else real.selection()
    return selection is not None and selection.width() > 0


def look(of: str, *, inside: bool) -> tuple[Source, Anchor, Reader]:
    """What is meant by the fields of the page just now. Refused when there is nothing."""
    real, node = _active()
    if real is None:
        raise Refused("no document is open")
    if of == "layer" and node is None:
        raise Refused("no layer is active")
    canvas = (int(real.width()), int(real.height()))
    holder = node if of == "layer" else real
    name = str(node.name()) if of == "layer" else str(real.name() or "document")
    space, target = space_of(holder), space_of(real)
    area = (0, 0, *canvas)
    source = Source(of, name, *area, canvas, space, target)
    if of == "layer":
        bounds = node.bounds()
        source = within(source, bounds.x(), bounds.y(), bounds.width(), bounds.height())
    selection = real.selection() if inside else None
    if inside:
        if selection is None or selection.width() < 1:
            raise Refused("nothing is selected; select a part, or take the whole")
        area = (selection.x(), selection.y(), selection.width(), selection.height())
        source = within(source, *area, chosen=True)
    anchor = Anchor(real, node)
    return source, anchor, Reader(anchor, source, selection)


class Reader:
    """Pixels of a source, strip by strip. Refused once its document or layer is gone."""

    def __init__(self, anchor: Anchor, source: Source, selection: Any) -> None:
        self._anchor = anchor
        self._source = source
        self._selection = selection
        self._converter = Converter(source.space, work_space(source.space))
        self.pixel = CONVERTED if self._converter.needed else source.space.bytes

    def read(self, rect: tuple[int, int, int, int]) -> bytes:
        """These pixels, in the colours that a pipeline understands."""
        if self._source.of == "layer":
            node = self._anchor.node()
            if node is None:
                raise Refused(f"{self._source.name} is gone, so nothing is made of it")
            data = node.projectionPixelData(*rect)
        else:
            real = self._anchor.document()
            if real is None:
                raise Refused(f"{self._source.name} was closed, so nothing is made of it")
            data = real.pixelData(*rect)
        if not self._converter.needed:
            return bytes(data)
        return self._converter.convert(data, rect[2], rect[3])

    def close(self) -> None:
        self._converter.close()

    def read_mask(self, rect: tuple[int, int, int, int]) -> bytes:
        """How much each of these pixels is selected."""
        return bytes(self._selection.pixelData(*rect))
