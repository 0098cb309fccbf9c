# SPDX-License-Identifier: GPL-3.0-or-later
"""The open document and its layers, with a null object where none is open."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import krita

from .qt import QtCore, QtWidgets

__all__ = [
    "ANNOTATION",
    "LARGEST",
    "Document",
    "Refused",
    "active",
    "add_layer",
    "current",
    "marker",
    "open_file",
    "opened",
    "pixels_for",
    "saving",
]

ANNOTATION = "audobon"
"""The name under which a document carries the id of its asset."""
LARGEST = 1 << 30
"""Bytes of the pixels that are handed from one document to another in one piece."""
_ROOM = 8 << 20
# Bytes beyond those of the file that is written anew: a painting grows, and a disk fills up.
_PASTING, _SRGB, _ASK = "pasteBehaviour", "0", "2"
# Krita's setting for pictures without a profile, two of its values.
_saving: list[bool] = []
# One for each document that is being saved here: Krita tells of that as of any other.


class Refused(Exception):
    """What was asked for cannot be done with this document; the text says why."""


class Document:
    """The active document, or none: then ``there`` is False and whatever changes it is refused."""

    def __init__(self, real: krita.Document | None = None) -> None:
        self._real = real

    @property
    def there(self) -> bool:
        return self._real is not None

    @property
    def real(self) -> krita.Document | None:
        """Krita's own object, None for the null object."""
        return self._real

    @property
    def path(self) -> str:
        """Where its file lies, empty for one that was never saved."""
        return str(self._real.fileName()) if self._real is not None else ""

    @property
    def name(self) -> str:
        return "" if self._real is None else Path(self.path).stem or str(self._real.name())

    @property
    def changed(self) -> bool:
        return self._real is not None and bool(self._real.modified())

    @property
    def asset(self) -> str:
        """The id of the asset that the document says it is."""
        if self._real is None:
            return ""
        return bytes(self._real.annotation(ANNOTATION)).decode("ascii", "replace")

    def mark(self, ident: str) -> None:
        """Have the document carry the id of its asset; it is in the file once that is saved."""
        if self._real is not None and self.asset != ident:
            data, before = QtCore.QByteArray(ident.encode("ascii")), self.changed
            self._real.setAnnotation(ANNOTATION, "The asset that this document is", data)
            # Krita would ask at its end whether this is to be saved: it comes along with the next.
            self._real.setModified(before)

    def save(self) -> None:
        """Save it where it lies. Refused when it never was saved, or cannot be."""
        real = self._needed()
        if not self.path:
            raise Refused("save this document first; then it can have versions")
        _need_room(Path(self.path))
        with _quiet(real):
            saved = real.save()
            real.waitForDone()
        if not saved:
            raise Refused(f"Krita could not save {Path(self.path).name}")

    def save_copy(self, path: Path) -> None:
        """Write it to ``path``, and go on working on that file. Refused when that cannot be."""
        real = self._needed()
        _need_room(path)
        with _quiet(real):
            saved = real.saveAs(str(path))
            real.waitForDone()
        if not saved:
            raise Refused(f"Krita could not write {path.name}")

    def insert(self, path: str, name: str, *, follow: bool = False) -> None:
        """Add a picture as a layer above the active one. One step of undo.

        Whatever Krita opens becomes a paint layer in the document's colour space;
        with ``follow`` it is a file layer, which follows its file.
        """
        add_layer(self._needed(), self._layer(path, name, follow=follow))

    def insert_several(
        self, pictures: Sequence[tuple[str, str]], title: str, *, follow: bool = False
    ) -> list[str]:
        """Add pictures, each a path and a name, as one group; what is wrong with the others.

        One step of undo: Krita lets plugins add one thing in a step, which may be a group. Where
        only one picture is left it comes without.
        """
        real, layers, refused = self._needed(), [], []
        for path, name in pictures:
            try:
                layers.append(self._layer(path, name, follow=follow))
            except Refused as error:
                refused.append(str(error))
        if len(layers) == 1:
            add_layer(real, layers[0])
        elif layers:
            group = real.createGroupLayer(title)
            for layer, below in zip(layers, [None, *layers], strict=False):
                group.addChildNode(layer, below)
            # What was added to the group itself would be steps of undo of their own.
            add_layer(real, group.duplicate())
        return refused

    def _layer(self, path: str, name: str, *, follow: bool) -> krita.Node:
        real = self._needed()
        if follow:
            if not QtCore.QFile.exists(path):  # its name may be none that Qt can say
                raise Refused(f"Krita cannot open {_shown(path)}")
            return real.createFileLayer(name, path, "None")
        data, width, height = pixels_for(real, path)
        layer = real.createNode(name, "paintlayer")
        if layer.colorModel() != real.colorModel() or layer.colorDepth() != real.colorDepth():
            raise Refused("the document's colours are of a kind that layers cannot be added to")
        layer.setPixelData(data, 0, 0, width, height)
        return layer

    def insert_reference(self, path: str) -> None:
        """Add a picture as a reference image, which floats above the canvas. One step of undo."""
        self._needed()
        with opened(path) as source:
            picture = source.projection(0, 0, source.width(), source.height())
        clipboard = QtWidgets.QApplication.clipboard()
        before = QtCore.QMimeData()
        for form in clipboard.mimeData().formats():
            before.setData(form, clipboard.mimeData().data(form))
        app = krita.Krita.instance()
        asks = app.readSetting("", _PASTING, _ASK)
        try:
            # What comes out of the projection is sRGB; else Krita would ask in a box each time.
            app.writeSetting("", _PASTING, _SRGB)
            clipboard.setImage(picture)
            app.action("paste_as_reference").trigger()
        finally:
            app.writeSetting("", _PASTING, asks)
            clipboard.setMimeData(before)

    def _needed(self) -> krita.Document:
        if self._real is None:
            raise Refused("no document is open")
        return self._real


def add_layer(real: krita.Document, layer: krita.Node) -> None:
    """Add a layer above the active one of Krita's own document. One step of undo."""
    above = real.activeNode()
    parent = above.parentNode() if above is not None else None
    if parent is None:
        parent, above = real.rootNode(), None
    if not parent.addChildNode(layer, above):
        raise Refused("Krita did not take the layer")
    real.refreshProjection()


def pixels_for(real: krita.Document, path: str) -> tuple[bytes, int, int]:
    """The pixels of a picture in the colours of Krita's own document, its width and height."""
    space = (real.colorModel(), real.colorDepth(), real.colorProfile())
    with opened(path) as source:
        if (source.colorModel(), source.colorDepth(), source.colorProfile()) != space:
            source.setColorSpace(*space)
            source.waitForDone()
        width, height = source.width(), source.height()
        if width * height * 16 > LARGEST:
            raise Refused(f"{Path(path).name} is too large to be inserted; open it instead")
        return bytes(source.pixelData(0, 0, width, height)), width, height


def active() -> Document:
    """The document that one works on, or the null object."""
    return Document(current())


_last: list[krita.Document | None] = []


def current() -> krita.Document | None:
    """Krita's own object for it, or None.

    While another program has the focus Krita names that of its first window;
    the one in which one worked last is meant.
    """
    app = krita.Krita.instance()
    if QtWidgets.QApplication.activeWindow() is not None or len(app.windows()) < 2:
        _last[:] = [app.activeDocument()]
    elif not _last or (_last[0] is not None and _last[0] not in app.documents()):
        return app.activeDocument()
    return _last[0]


def marker(path: str) -> Callable[[str], None]:
    """Has the document of this file carry an id later on; it may have been closed meanwhile."""

    def mark(ident: str) -> None:
        for each in krita.Krita.instance().documents():
            if str(each.fileName()) == path:
                Document(each).mark(ident)

    return mark


def saving() -> bool:
    """Whether the plugin itself is saving a document just now."""
    return bool(_saving)


def open_file(path: str) -> None:
    """Open a file as a document of its own, in a new view. Refused when Krita cannot."""
    app = krita.Krita.instance()
    before = app.batchmode()
    app.setBatchmode(True)  # else a file that Krita cannot read is told in a box of its own
    try:
        real = app.openDocument(path) if QtCore.QFile.exists(path) else None
    finally:
        app.setBatchmode(before)
    window = app.activeWindow()
    if real is None or window is None:
        raise Refused(f"Krita cannot open {_shown(path)}")
    real.setBatchmode(before)
    window.addView(real)


def _need_room(path: Path) -> None:
    """Refused where a disk is full: Krita 5.1 crashes when it cannot write a file to its end."""
    with contextlib.suppress(OSError):
        before = path.stat().st_size if path.exists() else 0
        if shutil.disk_usage(path.parent).free < before + _ROOM:
            raise Refused(f"no space is left to write {_shown(str(path))}; make room on its disk")


def _shown(path: str) -> str:
    """The name of a file as it can be shown: one may be no text at all."""
    return os.fsencode(Path(path).name).decode("utf-8", "replace")


@contextlib.contextmanager
def _quiet(real: krita.Document) -> Iterator[None]:
    """No dialog while the document is written: it would hold up whoever cannot see it."""
    before = real.batchmode()
    real.setBatchmode(True)
    _saving.append(True)
    try:
        yield
    finally:
        _saving.pop()
        real.setBatchmode(before)


@contextlib.contextmanager
def opened(path: str) -> Iterator[krita.Document]:
    """A file as a document that is not shown, closed afterwards."""
    app = krita.Krita.instance()
    before = app.batchmode()
    app.setBatchmode(True)
    try:
        real = app.openDocument(path) if QtCore.QFile.exists(path) else None
        if real is None:
            raise Refused(f"Krita cannot open {_shown(path)}")
        try:
            real.setBatchmode(True)
            real.waitForDone()
            yield real
        finally:
            real.close()
    finally:
        app.setBatchmode(before)
