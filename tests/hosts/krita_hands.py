"""What scripts about using and saving do by hand inside Krita; imported there, not by pytest."""

from __future__ import annotations

import struct

from krita import Selection
from krita_studio import (
    APP,
    OUT,
    Path,
    QByteArray,
    Qt,
    QTest,
    assets,
    click,
    leave_documents,
    panel,
    state,
    until,
)
from PyQt5.QtCore import (
    QCoreApplication,
    QMimeData,
    QPoint,
    QPointF,
    QStandardPaths,
    QTimer,
    QUrl,
)
from PyQt5.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PyQt5.QtWidgets import QApplication

__all__ = [
    "QApplication",
    "QColor",
    "QImage",
    "QMimeData",
    "QPoint",
    "QStandardPaths",
    "QTimer",
    "QUrl",
    "Selection",
    "active",
    "add",
    "built",
    "choose",
    "chosen",
    "click_asset",
    "done",
    "drop",
    "keeping",
    "layers",
    "paint",
    "pixel",
    "rows",
    "save",
    "struct",
    "typed",
    "undone",
    "unfold",
]


def rows(*names):
    return [a for a in assets().grid.model().pages.rows if a.name in names]


def layers(doc):
    return [n.name() for n in doc.rootNode().childNodes()]


def pixel(thing, x, y):
    return list(bytes(thing.pixelData(x, y, 1, 1)))


def paint(doc, layer, one, x, y, w, h):
    layer.setPixelData(QByteArray(one * (w * h)), x, y, w, h)
    doc.refreshProjection()
    doc.waitForDone()


def add(doc, parent, name, kind="paintlayer"):
    node = doc.createGroupLayer(name) if kind == "grouplayer" else doc.createNode(name, kind)
    parent.addChildNode(node, None)
    return node


def drop(widget, mime):
    place, action, left = QPoint(20, 20), Qt.CopyAction, Qt.LeftButton
    enter = QDragEnterEvent(place, action, mime, left, Qt.NoModifier)
    QCoreApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(place), action, mime, left, Qt.NoModifier)
        QCoreApplication.sendEvent(widget, event)
    return enter.isAccepted()


def undone(doc, count):
    doc.waitForDone()  # while something is drawn, Krita takes nothing back
    until(APP.action("edit_undo").isEnabled, "a step that can be taken back")
    APP.action("edit_undo").trigger()
    until(lambda: len(doc.rootNode().childNodes()) == count, "a step of undo")


def keeping():
    return panel().document.keeping


def unfold():
    until(keeping().isVisible, "the document is shown")
    if not keeping().more.isChecked():
        QTest.mouseClick(keeping().more, Qt.LeftButton)
    until(keeping().fold.isVisible, "it is unfolded")


def built(make, width=20, height=10, model="RGBA", depth="U8"):
    # Krita's list of layers learns of new ones only once its main loop is back,
    # and while this script runs that never is: so they come out of a file.
    made = APP.createDocument(width, height, "painting", model, depth, "", 72.0)
    made.setBatchmode(True)
    make(made)
    path = str(Path(OUT) / f"painting {model} {depth}.kra")
    assert made.saveAs(path)
    made.close()
    doc = APP.openDocument(path)
    doc.setBatchmode(True)
    APP.activeWindow().addView(doc)
    until(lambda: APP.activeDocument() == doc, "the document")
    return doc


def active(doc, name):
    doc.setActiveNode(doc.nodeByName(name))
    until(lambda: doc.activeNode() is not None and doc.activeNode().name() == name, name, 30)


def choose(box, data):
    until(lambda: box.findData(data) >= 0, f"{data} is offered")
    box.setCurrentIndex(box.findData(data))


def typed(**fields):
    for name, text in fields.items():
        field = getattr(keeping(), name)
        field.clear()
        QTest.keyClicks(field, text)


def save(what, target=""):
    choose(keeping().what, what)
    choose(keeping().target, target)
    QTest.mouseClick(keeping().save, Qt.LeftButton)


def chosen(name):
    until(lambda: state().chosen is not None and state().chosen.asset.name == name, name)
    return state().chosen.asset


def click_asset(name):
    until(lambda: rows(name), name)
    click(name)
    return chosen(name)


def done(told):
    leave_documents()
    return told
