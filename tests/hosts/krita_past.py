"""Hands for the history in the docker; imported by scripts inside Krita, not by pytest."""

from __future__ import annotations

from krita_studio import (
    APP,
    OUT,
    Path,
    QByteArray,
    Qt,
    QTest,
    docker,
    new_document,
    panel,
    start,
    state,
    until,
)
from PyQt5.QtCore import QObject, QUrl, pyqtSlot
from PyQt5.QtGui import QDesktopServices

from audobon_krita.ui.history import HistoryPage

__all__ = [
    "BLUE",
    "GREEN",
    "RED",
    "Pages",
    "answer",
    "current",
    "fill",
    "grab_of",
    "history",
    "ink",
    "narrow",
    "painting",
    "part",
    "pick",
    "pick_branch",
    "pixel",
    "press",
    "saved",
    "take_of",
    "version",
]

RED, GREEN, BLUE = (0, 0, 255, 255), (0, 255, 0, 255), (255, 0, 0, 255)  # BGRA


def history():
    return panel().turn_to(HistoryPage)


def part(name):
    """A part of the page History, turned to."""
    page = history()
    found = getattr(page, name)
    page.tabs.setCurrentWidget(found)
    return found


def painting(layers=1):
    """A document with red squares side by side, as an asset of a new library."""
    doc = new_document()
    for number in range(layers):
        ink = doc.createNode(f"Ink {number}", "paintlayer")
        doc.rootNode().addChildNode(ink, doc.rootNode().childNodes()[-1])
        fill(doc, ink, RED, 16 * number)
    start(14)
    panel().step()
    until(panel().document.keep.isVisible, "the button")
    press(panel().document.keep)
    until(lambda: state().document is not None, "the document is an asset")
    return doc


def fill(doc, layer, color, x=0, size=16):
    data = QByteArray(bytes(color) * size * size)
    layer.setPixelData(data, x, 0, size, size)
    doc.refreshProjection()
    doc.waitForDone()
    doc.setModified(True)


def ink(number=0):
    return APP.activeDocument().nodeByName(f"Ink {number}")


def pixel(x=4, layer=None):
    doc = layer or APP.activeDocument()
    return tuple(bytes(doc.pixelData(x, 4, 1, 1)))


def version(note):
    document = panel().document
    document.note.setText(note)
    press(document.version)
    newest = lambda: state().document and state().document.versions  # noqa: E731
    until(lambda: newest() and newest()[0].message == note, "the version " + note)
    QTest.qWait(200)


def press(button):
    until(lambda: button.isVisible() and button.isEnabled(), "the button " + button.text())
    QTest.mouseClick(button, Qt.LeftButton)


def answer(question, text):
    until(lambda: question.isVisible() and any(b.text() == text for b in question.buttons), text)
    press(next(b for b in question.buttons if b.text() == text))


def pick(versions, *rows):
    until(lambda: versions.list.count() > max(rows), "rows")
    versions.list.clearSelection()
    for row in rows:
        versions.list.item(row).setSelected(True)
    return versions


def saved(document=None):
    doc = document or APP.activeDocument()
    doc.save()
    doc.waitForDone()


class _Taker(QObject):
    @pyqtSlot(QUrl)
    def take(self, url):
        self.pages.seen.append(url.toLocalFile())


class Pages:
    """In place of the browser."""

    def __init__(self):
        self.seen = []
        self.taker = _Taker()
        self.taker.pages = self
        QDesktopServices.setUrlHandler("file", self.taker, "take")


def grab_of(widget, name):
    QTest.qWait(300)
    widget.grab().save(str(Path(OUT) / name))


def narrow(name):
    """A picture of the docker as narrow as people have it."""
    docker().setFixedWidth(260)
    QTest.qWait(400)
    grab_of(docker(), name)
    docker().setMinimumWidth(0)
    docker().setMaximumWidth(16777215)


def take_of(shown):
    image = shown.pixmap().toImage()
    return image.pixelColor(image.width() // 16, image.height() // 16).getRgb()[:3]


def current():
    return [b.name for b in state().past.branches if b.current]


def pick_branch(branches, name):
    def names():
        return [b.name for b in branches._branches]

    until(lambda: name in names() and branches.list.isVisible(), name)
    branches.list.setCurrentRow(names().index(name))
