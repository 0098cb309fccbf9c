"""What scripts that run inside Krita drive the page Compute with; imported there, not by pytest."""

from __future__ import annotations

import struct

from krita import Selection  # noqa: F401  # for scripts
from krita_studio import *  # noqa: F403  # as scripts do
from krita_studio import APP, FOLDER, QByteArray, QTest, panel, said, until

from audobon_krita.ui.compute import Compute


def page():
    return panel().turn_to(Compute)


def shown(pipeline, **fields):
    compute = page()
    QTest.qWait(100)
    compute.fields.choose(pipeline)
    for name, value in fields.items():
        field = getattr(compute.fields, name)
        if hasattr(field, "setChecked"):
            field.setChecked(value)
        elif hasattr(field, "findData"):
            field.setCurrentIndex(field.findData(value))
        else:
            field.setValue(value)
    QTest.qWait(100)
    compute.go.click()
    assert compute.run.busy, said()
    until(lambda: not compute.run.busy, pipeline)
    assert compute.run.result is not None, said()
    return compute


def made(pipeline, **fields):
    shown(pipeline, **fields)
    put()


def put():
    compute = page()
    QTest.qWait(60)
    assert compute.apply.isEnabled(), compute.about.text()
    compute.apply.click()
    until(lambda: not compute.run.busy, "placed")
    assert compute.run.phase == "idle", said()
    for each in APP.documents():
        each.waitForDone()


def names(doc):
    nodes = doc.rootNode().childNodes()
    return [each.name() for each in nodes if not each.type().endswith("mask")]


def layer(doc, name):
    return doc.nodeByName(name)


def activate(doc, node):
    def done():
        # Krita does not know a new layer at once, and says nothing of it.
        doc.setActiveNode(node)
        QTest.qWait(60)
        return doc.activeNode().uniqueId() == node.uniqueId()

    doc.waitForDone()
    QTest.qWait(60)
    until(done, "the active layer", 20)


def undo(doc):
    APP.action("edit_undo").trigger()
    doc.waitForDone()
    QTest.qWait(50)


def pixel(node, x, y, form="4B"):
    return list(struct.unpack(form, bytes(node.projectionPixelData(x, y, 1, 1))))


def paint(node, x, y, w, h, color, form="4B"):
    node.setPixelData(QByteArray(struct.pack(form, *color) * (w * h)), x, y, w, h)


def photo():
    doc = APP.openDocument(FOLDER + "/flower.jpg")
    doc.setBatchmode(True)
    APP.activeWindow().addView(doc)
    until(lambda: APP.activeDocument() == doc, "a view")
    doc.waitForDone()
    return doc
