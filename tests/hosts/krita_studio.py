"""What scripts that run inside Krita drive the docker with; imported there, not by pytest."""

from __future__ import annotations

import os
import time
from importlib import import_module
from pathlib import Path

from krita import Krita

from audobon_krita.host.qt import MAJOR, QtCore, QtWidgets

QTest = import_module(f"PyQt{MAJOR}.QtTest").QTest
QByteArray, Qt = QtCore.QByteArray, QtCore.Qt

__all__ = [
    "APP",
    "FOLDER",
    "OUT",
    "Path",
    "QByteArray",
    "QTest",
    "Qt",
    "QtCore",
    "QtWidgets",
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


def until(asked, what="", seconds=240):
    end = time.monotonic() + seconds
    while not asked():
        assert time.monotonic() < end, f"waited in vain: {what}; {str(state())[-4000:]}"
        QTest.qWait(30)


_dockers = {}
# To look through all of Krita's widgets takes 70 ms.


def docker():
    window = APP.activeWindow().qwindow()
    if window not in _dockers:
        found = window.findChildren(QtWidgets.QDockWidget)
        _dockers[window] = next((one for one in found if one.windowTitle() == "Audobon"), None)
    assert _dockers[window] is not None, "there is no docker"
    return _dockers[window]


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
        if index.data(Qt.ItemDataRole.DisplayRole) == name:
            grid.scrollTo(index)
            QTest.qWait(50)
            return grid.visualRect(index).center()
    raise AssertionError(name + " is not shown")


def click(name, twice=False, held=None):
    view, place = assets().grid.viewport(), at(name)
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(view, left, held or plain, place)
    QTest.qWait(50)
    if twice:
        QTest.mouseDClick(view, left, plain, place)


def said():
    return panel().footer.message.text().replace("\u200b", "")  # where lines may break


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
