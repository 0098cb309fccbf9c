# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the open document as files of their own, written aside.

What is written is what one sees of the part within the canvas, trimmed to
what is painted. The document itself is not changed: groups are taken from a
copy, which shares its pixels with the original.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import krita

from .documents import ANNOTATION, Document, Refused
from .qt import QtCore

__all__ = ["Active", "active_of", "open_files", "write"]

_PNG: dict[str, Any] = {
    "alpha": True,
    "compression": 6,
    "forceSRGB": False,
    "indexed": False,
    "interlaced": False,
    "saveAsHDR": False,
    "saveSRGBProfile": True,
    "storeAuthor": False,
    "storeMetaData": False,
}
_EXR: dict[str, Any] = {"flatten": True}
# As Krita's own dialogs name them. Without "flatten" the channels are called after the layer.
_INVERSE = bytes(range(255, -1, -1))
_LAYER, _GROUP, _SELECTION = "layer", "group", "selection"


@dataclass(frozen=True)
class Active:
    """What is at hand in a document: type and name of the active layer, and its colours."""

    layer: str = ""
    name: str = ""
    selection: bool = False
    model: str = ""
    depth: str = ""


def active_of(document: Document) -> Active:
    """What is at hand; all empty where no document is open."""
    real = document.real
    if real is None:
        return Active()
    layer = real.activeNode()
    return Active(
        layer="" if layer is None else str(layer.type()),
        name="" if layer is None else str(layer.name()),
        selection=real.selection() is not None,
        model=str(real.colorModel()),
        depth=str(real.colorDepth()),
    )


def open_files() -> set[str]:
    """The files of all open documents."""
    return {str(each.fileName()) for each in krita.Krita.instance().documents()}


def write(
    document: Document, what: str, name: str, suffix: str, ident: str, room: str | None
) -> Path:
    """Write a part of the document into a new folder in ``room``, None for the system's.

    A document carries the id ``ident``, none where that is empty. Refused when
    there is nothing to be written, or Krita cannot.
    """
    real = document.real
    if real is None:
        raise Refused("no document is open")
    real.waitForDone()
    path = Path(tempfile.mkdtemp(prefix="audobon-", dir=room)) / f"{name}{suffix}"
    try:
        if what == _LAYER:
            _write_layer(real, path)
        else:
            with _cut(real) if what == _SELECTION else _copy(real) as copy:
                if what == _GROUP:
                    _only(copy, real.activeNode())
                _mark(copy, ident)
                _export(copy, path)
        if not path.exists():
            raise Refused(f"Krita could not write {path.name}")
    except BaseException:
        path.unlink(missing_ok=True)
        path.parent.rmdir()
        raise
    return path


def _write_layer(real: Any, path: Path) -> None:
    """The layer as it looks by itself, with its masks and its opacity."""
    layer = real.activeNode()
    if layer is None:
        raise Refused("no layer is active")
    area = _seen(real, layer)
    with _batch():
        # Dots of a point; whether it was written is told by the file alone.
        dots = max(1, real.resolution()) / 72.0
        layer.save(str(path), dots, dots, _how(path), area)


def _seen(real: Any, layer: Any) -> Any:
    """What of a layer is painted within the canvas. Refused when that is nothing."""
    area = layer.bounds().intersected(QtCore.QRect(0, 0, real.width(), real.height()))
    if area.isEmpty():
        raise Refused(f"the layer {layer.name()} is empty")
    return area


@contextlib.contextmanager
def _copy(real: Any) -> Iterator[Any]:
    """The document once more, not shown.

    It goes with the last reference to it. Krita ends with a crash later on
    when such a copy is closed: it was never among its documents.
    """
    with _batch():
        copy = real.clone()
        if copy is None:
            raise Refused("Krita could not copy the document")
        copy.setBatchmode(True)
        copy.waitForDone()
        try:
            yield copy
        finally:
            copy.waitForDone()
            copy.setModified(False)


def _only(copy: Any, group: Any) -> None:
    """Leave nothing in a copy but the group of the original, cut to what is painted."""
    if group is None or group.type() != "grouplayer":
        raise Refused("no group is active")
    kept = _find(copy.rootNode(), group.uniqueId())
    if kept is None:
        raise Refused(f"the group {group.name()} is not in the copy of the document")
    area = _seen(copy, kept)
    while (parent := kept.parentNode()) is not None and parent.parentNode() is not None:
        _remove_others(parent, kept)
        kept = parent
    _remove_others(copy.rootNode(), kept)
    copy.crop(area.x(), area.y(), area.width(), area.height())
    copy.waitForDone()
    copy.refreshProjection()
    copy.waitForDone()


def _remove_others(parent: Any, kept: Any) -> None:
    for child in parent.childNodes():
        if child.uniqueId() != kept.uniqueId():
            child.remove()


def _find(node: Any, ident: Any) -> Any:
    for child in node.childNodes():
        if child.uniqueId() == ident:
            return child
        found = _find(child, ident)
        if found is not None:
            return found
    return None


@contextlib.contextmanager
def _cut(real: Any) -> Iterator[Any]:
    """What is selected of the whole picture, as a document of one layer that is not shown.

    A copy of a large document takes seconds, so only these pixels are taken.
    """
    selection = real.selection()
    if selection is None or not selection.width() or not selection.height():
        raise Refused("nothing is selected")
    canvas = QtCore.QRect(0, 0, real.width(), real.height())
    chosen = QtCore.QRect(selection.x(), selection.y(), selection.width(), selection.height())
    area = chosen.intersected(canvas)
    if area.isEmpty():
        raise Refused("what is selected lies outside of the canvas")
    space = (real.colorModel(), real.colorDepth(), real.colorProfile())
    with _batch():
        app = krita.Krita.instance()
        size = (area.width(), area.height())
        part = app.createDocument(*size, "part", *space, real.resolution())
        part.setBatchmode(True)
        try:
            layer = part.rootNode().childNodes()[0]
            layer.setPixelData(real.pixelData(area.x(), area.y(), *size), 0, 0, *size)
            rest = bytes(selection.pixelData(area.x(), area.y(), *size)).translate(_INVERSE)
            if any(rest):
                outside = krita.Selection()
                outside.setPixelData(QtCore.QByteArray(rest), 0, 0, *size)
                outside.cut(layer)
            part.refreshProjection()
            part.waitForDone()
            yield part
        finally:
            part.setModified(False)
            part.close()


def _mark(copy: Any, ident: str) -> None:
    copy.removeAnnotation(ANNOTATION)
    if ident:
        data = QtCore.QByteArray(ident.encode("ascii"))
        copy.setAnnotation(ANNOTATION, "The asset that this document is", data)


def _export(copy: Any, path: Path) -> None:
    if not copy.exportImage(str(path), _how(path)):
        raise Refused(f"Krita could not write {path.name}")


def _how(path: Path) -> Any:
    """How Krita writes this kind of file, so that it asks nothing."""
    how = krita.InfoObject()
    said = {".png": _PNG, ".exr": _EXR}.get(path.suffix.lower(), {})
    for name, value in said.items():
        how.setProperty(name, value)
    return how


@contextlib.contextmanager
def _batch() -> Iterator[None]:
    """No dialog of Krita meanwhile."""
    app = krita.Krita.instance()
    before = app.batchmode()
    app.setBatchmode(True)
    try:
        yield
    finally:
        app.setBatchmode(before)
