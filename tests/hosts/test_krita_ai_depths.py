"""Documents of every depth through the page Compute, and what goes away while it works."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from test_krita_ai import engine, krita_models  # noqa: F401  # fixtures

pytestmark = pytest.mark.hosts

Studio = Callable[[str], Any]


_DEPTHS = """
from krita_compute import *

def fresh(depth, model="RGBA", width=96, height=64, build=None):
    # Opened from a file, where the topmost layer is the active one: to others a script
    # cannot lead Krita 5.1 in a window that nobody touches.
    path = OUT + "/" + str(len(APP.documents())) + model + depth + str(width) + ".kra"
    made = APP.createDocument(width, height, "painting", model, depth, "", 72.0)
    made.setBatchmode(True)
    if build is not None:
        build(made, made.rootNode().childNodes()[0])
    made.waitForDone()
    made.saveAs(path)
    made.close()
    doc = APP.openDocument(path)
    doc.setBatchmode(True)
    APP.activeWindow().addView(doc)
    until(lambda: APP.activeDocument() == doc and doc.activeNode() is not None, "it is active")
    QTest.qWait(500)
    return doc, doc.activeNode()

def on_top(doc, base, name):
    node = doc.createNode(name, "paintlayer")
    doc.rootNode().addChildNode(node, base)
    return node

def patched(doc, base):
    paint(on_top(doc, base, "patch"), 20, 10, 24, 20, (1000, 30000, 60000, 65535), "4H")
    doc.refreshProjection()

def grouped(doc, base):
    group = doc.createGroupLayer("both")
    doc.rootNode().addChildNode(group, base)
    inner = doc.createNode("inner", "paintlayer")
    paint(inner, 0, 0, 40, 40, (10, 200, 30, 255))
    group.addChildNode(inner, None)
    doc.refreshProjection()

def pattern(node, form, top, width=96, height=64):
    rows = []
    for y in range(height):
        for x in range(width):
            value = (x * 7 + y * 13) % 32 / 31
            rows.append(struct.pack(form, *(t * value if n < 3 else t for n, t in enumerate(top))))
    node.setPixelData(QByteArray(b"".join(rows)), 0, 0, width, height)

def main():
    told = {}
    start(14)
    doc, base = fresh("F32")
    pattern(base, "4f", (6.0, 3.0, 0.5, 1.0))
    doc.refreshProjection()
    made("seamless")
    new = layer(doc, "seamless: " + base.name())
    told["light"] = [new.colorDepth(), max(pixel(new, x, 20, "4f")[0] for x in range(96))]
    made("normal", directx=False)
    new = layer(doc, "normal: " + base.name())
    told["normal"] = [pixel(new, 40, 30, "4f"), new.colorDepth()]
    undo(doc)
    told["one"] = names(doc)

    doc, patch = fresh("U16", build=patched)
    made("upscale", factor=2)
    new = layer(doc, "upscale 2x: patch")
    box = new.bounds()
    told["upscaled"] = [box.x(), box.y(), box.width(), box.height(), pixel(new, 32, 20, "4H")]
    undo(doc)
    page().fields.source.setCurrentIndex(1)
    made("upscale", factor=2)
    large = APP.activeDocument()
    told["document"] = [large.width(), large.height(), large.colorDepth(), large.name(),
                        list(struct.unpack("4H", bytes(large.pixelData(64, 40, 1, 1))))]
    page().fields.source.setCurrentIndex(0)

    for model in ("CMYKA", "GRAYA", "LABA"):
        doc, base = fresh("U8", model)
        color = {"CMYKA": (20, 90, 60, 30, 255), "GRAYA": (90, 255), "LABA": (150, 120, 135, 255)}
        base.setPixelData(QByteArray(bytes(color[model]) * (96 * 64)), 0, 0, 96, 64)
        doc.refreshProjection()
        before = doc.projection(30, 30, 1, 1).pixelColor(0, 0).getRgb()
        made("seamless")
        new = layer(doc, "seamless: " + base.name())
        after = doc.projection(30, 30, 1, 1).pixelColor(0, 0).getRgb()
        told[model] = [new.colorModel(), before, after]
    shown("normal")
    told["map"] = page().apply.text()

    doc, group = fresh("U8", build=grouped)
    made("seamless")
    told["group"] = names(doc)
    doc, empty = fresh("U8", build=lambda doc, base: on_top(doc, base, "above"))
    page().go.click()
    told["empty"] = said()

    doc, gone = fresh("U8", build=lambda doc, base: paint(
        on_top(doc, base, "top"), 0, 0, 40, 40, (10, 200, 30, 255)))
    compute = shown("seamless")
    gone.remove()
    doc.waitForDone()
    QTest.qWait(100)
    told["other"] = compute.apply.text()
    another = new_document(32, 32)
    until(lambda: APP.activeDocument() == another, "another one")
    compute.apply.click()
    until(lambda: not compute.run.busy, "placed")
    told["right"] = [names(doc), len(names(another)), compute.run.phase]

    doc, base = fresh("U8")
    compute = shown("seamless")
    doc.setModified(False)
    doc.close()
    QTest.qWait(300)
    told["closed"] = [compute.apply.text(), compute.apply.isEnabled(), compute.about.text()]
    compute.apply.click()
    until(lambda: not compute.run.busy, "opened")
    told["opened"] = [APP.activeDocument().name(), APP.activeDocument().width()]

    doc, base = fresh("U8", width=1500, height=1500)
    compute = page()
    compute.fields.choose("normal")
    QTest.qWait(100)
    compute.go.click()
    doc.setModified(False)
    doc.close()
    until(lambda: not compute.run.busy, "over")
    told["reading"] = [compute.run.phase, said()]
    compute.discard()
    doc, base = fresh("U8", width=1500, height=1500)
    page().fields.choose("upscale")
    compute.go.click()
    until(lambda: (compute.run.fraction or 0) > 0 and compute.run.phase == "computing", "begun")
    grab("computing.png")
    compute.stop.click()
    until(lambda: state().computing is None, "stopped")
    told["stopped"] = [compute.run.phase, names(doc), state().notice.text]
    leave_documents()
    return told
"""


@pytest.mark.usefixtures("engine")
def test_every_depth_and_what_goes_away_meanwhile(krita_studio: Studio) -> None:
    told = krita_studio(_DEPTHS)
    print(json.dumps(told, indent=1))
    assert told["light"][0] == "F32"
    assert told["light"][1] > 3, "light stays light"
    normal, depth = told["normal"]
    assert depth == "F32"
    assert normal[2] > 0.5
    assert normal[3] == 1.0
    assert abs(normal[0] ** 2) < 1.01
    assert told["one"] == [told["one"][0], f"seamless: {told['one'][0]}"]
    assert told["upscaled"][:4] == [8, 0, 48, 40]
    for found, expected in zip(told["upscaled"][4], (1000, 30000, 60000, 65535), strict=True):
        assert abs(found - expected) < 1500
    assert told["document"][:3] == [192, 128, "U16"]
    assert told["document"][3].startswith("upscale 2x: ")
    assert abs(told["document"][4][2] - 60000) < 1500
    for model in ("CMYKA", "GRAYA", "LABA"):
        name, before, after = told[model]
        assert name == model
        assert all(abs(a - b) <= 6 for a, b in zip(before, after, strict=True)), model
    assert told["map"] == "Open as Document"
    assert told["group"] == [told["group"][0], "both", "seamless: both"]
    assert "above has no pixels" in told["empty"].lower()
    assert told["other"] == "Add as Layer"
    assert told["right"][0][-1] == "seamless: top", "at the top of its own document"
    assert told["right"][1:] == [1, "idle"]
    assert told["closed"][:2] == ["Open as Document", True]
    assert "was closed" in told["closed"][2]
    assert told["opened"] == ["seamless: Background", 96]
    assert told["reading"][0] in ("idle", "shown")
    assert told["stopped"][0] == "idle"
    assert len(told["stopped"][1]) == 1
    assert told["stopped"][2].endswith("cancelled")
