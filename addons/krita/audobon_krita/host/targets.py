# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a result goes: a new layer above its source, a transparency mask, a document of its own."""

from __future__ import annotations

from typing import Any

import krita

from ..logic import making
from ..logic.run import Result
from .colors import CONVERTED, Converter, space_of
from .documents import Refused
from .qt import QtCore
from .sources import Anchor

__all__ = ["place_for", "possible"]

Rect = tuple[int, int, int, int]


def possible(anchor: Anchor, result: Result) -> str:
    """What can be made of a result now: a layer, a mask, a document, or nothing (empty)."""
    if result.pixels is None:
        return ""
    if result.place == making.DOCUMENT:
        return making.DOCUMENT
    if anchor.document() is None:
        return making.DOCUMENT if result.place == making.LAYER else ""
    if result.place == making.MASK:
        return making.MASK if anchor.node() is not None else ""
    return making.LAYER


def place_for(anchor: Anchor, result: Result, opacity: float) -> _Place:
    """Where the pixels are to be put. Refused when there is nowhere."""
    kinds = {making.LAYER: _Layer, making.MASK: _Mask, making.DOCUMENT: _Document}
    kind = kinds.get(possible(anchor, result))
    if kind is None:
        raise Refused("its layer is gone, so the mask has no place; keep it as a file")
    return kind(anchor, result, opacity)


class _Place:
    """Takes pixels of a result. Nobody sees them before ``finish``."""

    pixel = 4

    def __init__(self, anchor: Anchor, result: Result, opacity: float) -> None:
        self.anchor = anchor
        self.result = result
        self.opacity = opacity
        self.origin = making.put(result.source, result.size)
        work = making.work_space(result.source.space)
        self.space = making.result_space(result.operation, work, result.source.target)

    def document(self) -> Any:
        real = self.anchor.document()
        if real is None:
            raise Refused("the document was closed meanwhile; open the result by itself")
        return real

    def ready(self) -> bool:
        """Whether pixels can be written already."""
        return True

    def write(self, rect: Rect, data: bytes) -> None:
        raise NotImplementedError

    def finish(self) -> str:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing more is done here."""


class _Layer(_Place):
    def __init__(self, anchor: Anchor, result: Result, opacity: float) -> None:
        super().__init__(anchor, result, opacity)
        real = self.document()
        self.layer = real.createNode(result.name, "paintlayer")
        # Numbers that are no colours are the document's own already.
        self.converter = Converter(self.space, space_of(real))
        self.pixel = CONVERTED if self.converter.needed else self.space.bytes

    def write(self, rect: Rect, data: bytes) -> None:
        self.document()
        if self.converter.needed:
            data = self.converter.convert(data, rect[2], rect[3])
        self.layer.setPixelData(QtCore.QByteArray(data), *rect)

    def finish(self) -> str:
        real, source = self.document(), self.anchor.node()
        if self.result.source.of == "document":
            source = None
        parent = None if source is None else source.parentNode()
        if parent is None:
            parent = real.rootNode()
            layers = [each for each in parent.childNodes() if not each.type().endswith("mask")]
            source = layers[-1] if layers else None
        self.layer.setOpacity(round(255 * self.opacity))
        if not parent.addChildNode(self.layer, source):
            raise Refused("Krita did not take the layer")
        real.refreshProjection()
        return f"New layer: {self.result.name}"

    def close(self) -> None:
        self.converter.close()


class _Mask(_Place):
    pixel = 1

    def __init__(self, anchor: Anchor, result: Result, opacity: float) -> None:
        super().__init__(anchor, result, opacity)
        self.selection = krita.Selection()
        if result.source.chosen:  # what lies outside of it stays as it is
            bounds = self._node().bounds()
            self.selection.select(0, 0, *result.source.canvas, 255)
            self.selection.select(bounds.x(), bounds.y(), bounds.width(), bounds.height(), 255)

    def _node(self) -> Any:
        self.document()
        node = self.anchor.node()
        if node is None:
            raise Refused("its layer is gone, so the mask has no place; keep it as a file")
        return node

    def write(self, rect: Rect, data: bytes) -> None:
        self.document()
        self.selection.setPixelData(QtCore.QByteArray(data), *rect)

    def finish(self) -> str:
        node, real = self._node(), self.document()
        if hasattr(real, "createTransparencyMask"):  # from Krita 5.2 on
            mask = real.createTransparencyMask(self.result.name)
            mask.setSelection(self.selection)
            if not node.addChildNode(mask, None):
                raise Refused("Krita did not take the mask")
            real.refreshProjection()
        else:
            self._by_action(real, node)
        return f"New mask: {self.result.name}"

    def _by_action(self, real: Any, node: Any) -> None:
        """As the menu does it: the mask is made of what is selected."""
        app = krita.Krita.instance()
        before, selected, known = app.activeDocument(), real.selection(), _ids(node)
        app.setActiveDocument(real)
        real.setActiveNode(node)
        real.setSelection(self.selection)
        app.action("add_new_transparency_mask").trigger()
        real.waitForDone()
        new = [each for each in node.childNodes() if each.uniqueId() not in known]
        if selected is not None or not new:
            real.setSelection(selected)
        if before is not None and before != real:
            app.setActiveDocument(before)
        if not new:
            raise Refused("Krita did not take the mask; is its layer locked?")
        new[-1].setName(self.result.name)
        real.setActiveNode(node)


def _ids(node: Any) -> list[Any]:
    return [each.uniqueId() for each in node.childNodes()]


class _Document(_Place):
    def __init__(self, anchor: Anchor, result: Result, opacity: float) -> None:
        super().__init__(anchor, result, opacity)
        self.origin = (0, 0)
        known = anchor.document()
        dots = 300.0 if known is None else float(known.resolution())
        data = result.operation.gives == "data"
        target = self.space if data else result.source.target
        space = (target.model, target.depth, target.profile)
        app = krita.Krita.instance()
        self.real = app.createDocument(*result.size, result.name, *space, dots)
        self.layer = self.real.rootNode().childNodes()[0]
        self.converter = Converter(self.space, target)
        self.pixel = CONVERTED if self.converter.needed else self.space.bytes

    def write(self, rect: Rect, data: bytes) -> None:
        if self.converter.needed:
            data = self.converter.convert(data, rect[2], rect[3])
        self.layer.setPixelData(QtCore.QByteArray(data), *rect)

    def close(self) -> None:
        self.converter.close()

    def finish(self) -> str:
        self.layer.setName(self.result.name)
        self.real.refreshProjection()
        window = krita.Krita.instance().activeWindow()
        if window is None:
            raise Refused("no window of Krita is open")
        window.addView(self.real)
        return f"New document: {self.result.name}"
