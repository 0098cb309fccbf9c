"""What scripts that run inside Krita drive the docker with; imported there, not by pytest."""

from __future__ import annotations

import os
import time
from pathlib import Path

from krita import Krita
from PyQt5.QtCore import QByteArray, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QDockWidget

__all__ = [
    "APP",
    "FOLDER",
    "OUT",
    "Path",
    "QByteArray",
    "QTest",
    "Qt",
    "assets",
    "at",
    "click",
    "docker",
    "grab",
    "leave_documents",
    "new_document",
    "panel",
    "said",
    "start",
    "state",
    "until",
]

APP = Krita.instance()
FOLDER, OUT = os.environ["AUDOBON_KRITA_FOLDER"], os.environ["AUDOBON_KRITA_OUT"]


def until(asked, what="", seconds=90):
    end = time.monotonic() + seconds
    while not asked():
        assert time.monotonic() < end, f"waited in vain: {what}; {state()}"
        QTest.qWait(30)


def docker():
    for each in APP.activeWindow().qwindow().findChildren(QDockWidget):
        if each.windowTitle() == "Audobon":
            return each
    raise AssertionError("there is no docker")


def panel():
    return docker().widget()


def assets():
    return panel().assets


def state():
    return panel().app.state


def start(total):
    docker().show()
    docker().raise_()
    until(lambda: panel().app.session is not None, "the session")
    panel().app.create(FOLDER)
    until(lambda: state().found.total == total, "assets")
    until(lambda: assets().grid.model().rowCount() == min(total, 60), "rows")


def grab(name):
    QTest.qWait(300)
    APP.activeWindow().qwindow().grab().save(str(Path(OUT) / name))


def at(name):
    grid = assets().grid
    for row in range(grid.model().rowCount()):
        index = grid.model().index(row)
        if index.data(Qt.DisplayRole) == name:
            grid.scrollTo(index)
            QTest.qWait(50)
            return grid.visualRect(index).center()
    raise AssertionError(name + " is not shown")


def click(name, twice=False):
    view, place = assets().grid.viewport(), at(name)
    QTest.mouseClick(view, Qt.LeftButton, Qt.NoModifier, place)
    QTest.qWait(50)
    if twice:
        QTest.mouseDClick(view, Qt.LeftButton, Qt.NoModifier, place)


def said():
    return panel().footer.message.text()


def new_document(width=64, height=64, depth="U8", model="RGBA"):
    doc = APP.createDocument(width, height, "painting", model, depth, "", 72.0)
    doc.setBatchmode(True)
    APP.activeWindow().addView(doc)
    until(lambda: APP.activeDocument() is not None, "a document")
    return doc


def leave_documents():
    """Nothing is asked when Krita ends."""
    for each in APP.documents():
        each.waitForDone()
        each.setModified(False)
        each.close()
