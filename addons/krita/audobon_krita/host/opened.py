# SPDX-License-Identifier: GPL-3.0-or-later
"""All open documents: which files they are, when they are saved, and how they are read again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import krita

from . import documents
from .documents import Document, Refused, add_layer, current
from .qt import QtCore, QtGui

__all__ = ["Opened", "active", "at", "opened", "show_page", "tell_of_saves"]


class Opened(Document):
    """A document of which a version comes in, or that is another one on the disk now."""

    @property
    def still_open(self) -> bool:
        """Whether nobody has closed it since."""
        return self._real is not None and self._real in krita.Krita.instance().documents()

    def reload(self) -> None:
        """Open its file again in its place; what is not saved is lost. Refused where Krita cannot.

        Krita has no call for that: the file becomes another document, seen at the same place,
        and then the old one is closed. So where it cannot be read, what is open stays open.
        """
        old, path = self._needed(), self.path
        app = krita.Krita.instance()
        seen = [(window, view) for window in app.windows() for view in window.views()]
        window, view = next((pair for pair in seen if pair[1].document() == old), (None, None))
        if window is None:
            raise Refused(f"{Path(path).name} has no view that could be loaded again")
        layer = old.activeNode()
        before = app.batchmode()
        app.setBatchmode(True)  # else Krita may ask in a box about what it has saved by itself
        try:
            new = app.openDocument(path) if Path(path).is_file() else None
        finally:
            app.setBatchmode(before)
        if new is None:
            raise Refused(f"Krita cannot open {Path(path).name}; what is open stays open")
        new.setBatchmode(old.batchmode())
        _look_alike(window.addView(new), view)
        again = None if layer is None else new.nodeByName(layer.name())
        if again is not None:
            new.setActiveNode(again)
        old.setModified(False)
        old.close()

    def insert_group(self, path: str, name: str) -> None:
        """Add all layers of a file as one group above the active layer. One step of undo.

        They stay what they are: paint layers, groups, masks, filters, text.
        """
        real = self._needed()
        with documents.opened(path) as source:
            space = (real.colorModel(), real.colorDepth(), real.colorProfile())
            if (source.colorModel(), source.colorDepth(), source.colorProfile()) != space:
                source.setColorSpace(*space)
                source.waitForDone()
            group, above = source.createGroupLayer(name), None
            for node in source.rootNode().childNodes():
                if node.type() == "selectionmask":
                    continue  # what was selected then is no layer
                copy = node.duplicate()
                group.addChildNode(copy, above)
                above = copy
            for node in _below(group):
                if node.type() == "filelayer":
                    # Named from the root of the disk: this folder may go.
                    there = os.path.normpath(node.path())
                    node.setProperties(there, node.scalingMethod())
            add_layer(real, group.duplicate())
        real.waitForDone()


def _below(node: Any) -> list[Any]:
    found = []
    for child in node.childNodes():
        found += [child, *_below(child)]
    return found


def active() -> Opened:
    """The document that one works on, or the null object."""
    return Opened(current())


def opened() -> tuple[Opened, ...]:
    """All open documents that have a file."""
    found = (Opened(real) for real in krita.Krita.instance().documents())
    return tuple(each for each in found if each.path)


def at(path: str) -> Opened:
    """The open document of this file, or the null object."""
    return next((each for each in opened() if each.path == path), Opened())


def _look_alike(new: Any, old: Any) -> None:
    """Show as much of a document, at as large a size, as another view does."""
    canvas, model = new.canvas(), old.canvas()
    canvas.setRotation(model.rotation())
    canvas.setMirror(model.mirror())
    canvas.setZoomLevel(model.zoomLevel() * 72.0 / new.document().resolution())


def tell_of_saves(call: Callable[[str], None]) -> None:
    """Have this called with the path of each document that Krita has written."""
    notifier = krita.Krita.instance().notifier()
    notifier.setActive(True)
    notifier.imageSaved.connect(call)


def show_page(path: str) -> None:
    """Show a file in the browser of the system."""
    QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(path))
