"""A canvas of 12,000 x 12,000 in a real Krita: used, kept twice, computed with in parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import audobon

pytestmark = pytest.mark.hosts

EDGE = 12_000
_OURS = 100 << 20
# What Python may take at once in Krita's process. The pixels are 576 MB: they come in strips.

_LARGE = """
import tracemalloc

def work(told, watching):
    tracemalloc.start()
    start(14)
    until(lambda: state().engine.state == "ready", "an engine")
    doc = new_document(12000, 12000)
    layer = doc.rootNode().childNodes()[0]
    # Tiles of 64 x 64 that differ in one row: what is written stays small, and no layer is empty.
    row = bytes((30, 60, 90, 255)) * 500
    tile = QByteArray(row * 500)
    layer.setPixelData(tile, 11500, 11500, 500, 500)
    for number in range(64):
        layer.setPixelData(tile, number % 8 * 1500, number // 8 * 1500, 500, 500)
    doc.refreshProjection()
    doc.waitForDone()
    doc.setActiveNode(layer)
    panel().document.save_as_asset()
    kept("asset", told, watching, lambda: state().document is not None and state().doing is None)
    from audobon_krita.logic.document import new_version
    new_version(panel().app.session, doc.fileName(), "a corner")  # to write it again costs seconds
    kept("version", told, watching, lambda: state().document.versions
         and state().document.versions[0].message == "a corner")
    told["file"] = doc.fileName()

    assets().use("layer", [named("moss.png")])
    doc.waitForDone()
    told["inserted"] = doc.rootNode().childNodes()[-1].name()
    compute(doc, told, watching)
    part(doc, told)

def kept(name, told, watching, done):
    watching.last, watching.gap = time.monotonic(), 0.0
    tracemalloc.reset_peak()
    begun = time.monotonic()
    until(done, name)
    told[name] = {"s": time.monotonic() - begun, "gap": watching.gap,
                  "memory": tracemalloc.get_traced_memory()[1]}

def compute(doc, told, watching):
    from krita import Selection
    from audobon_krita.ui.compute import Compute
    page = panel().turn_to(Compute)
    page.fields.choose("upscale")
    page.fields.source.setCurrentIndex(page.fields.source.findData("document"))
    page.fields.factor.setCurrentIndex(page.fields.factor.findData(4))
    QTest.qWait(150)
    page.begin()
    told["refused"] = said()
    told["idle"] = page.run.phase
    # A part of it, in strips.
    selection = Selection()
    selection.select(11000, 11000, 600, 600, 255)
    doc.setSelection(selection)
    page.fields.choose("seamless")
    until(page.fields.selection.isVisible, "what is selected can be taken")
    page.fields.selection.setChecked(True)
    until(page.fields.inside, "only that")
    page.begin()
    kept("computed", told, watching, lambda: page.run.result is not None)
    page.put()
    until(lambda: page.run.phase == "idle", "placed")
    doc.waitForDone()
    bounds = doc.nodeByName("seamless: painting").bounds()
    told["made"] = [bounds.x(), bounds.y(), bounds.width(), bounds.height()]
    doc.setSelection(None)
    panel().turn_to(type(assets()))

def part(doc, told):
    from krita import Selection
    selection = Selection()
    selection.select(11900, 11900, 300, 200, 255)  # half of it beyond the canvas
    selection.select(11900, 11900, 50, 10, 100)
    doc.setSelection(selection)
    keeping = panel().document.keeping
    keeping.more.setChecked(True)
    until(lambda: keeping.what.findData("selection") >= 0, "what is selected is offered")
    keeping.what.setCurrentIndex(keeping.what.findData("selection"))
    keeping.name.setText("corner")
    begun = time.monotonic()
    keeping.save_it()
    told["part"] = time.monotonic() - begun
    until(lambda: [each for each in state().found.assets if each.name == "corner.png"]
          or state().notice.problem, "the part is an asset")
    doc.setSelection(None)
    APP.setBatchmode(True)
    again = APP.openDocument(os.path.join(FOLDER, "Saved", "corner.png"))
    told["corner"] = [list(bytes(again.pixelData(x, 5, 1, 1))) for x in (5, 70)]
    again.close()
    APP.setBatchmode(False)
"""


def test_a_large_canvas_is_used_and_kept(
    krita_watched: Callable[[str, Mapping[str, Any]], Any], krita_folder: Path
) -> None:
    told = krita_watched(_LARGE, {})
    print(told)
    for step in ("asset", "version", "computed"):
        assert told[step]["memory"] < _OURS
    assert told["inserted"] == "moss"
    assert told["refused"].startswith("Painting is too large for that")
    assert told["idle"] == "idle"
    assert told["corner"] == [[30, 60, 90, 100], [30, 60, 90, 255]]
    assert told["made"] == [11000, 11000, 600, 600]
    with audobon.Library.open(krita_folder) as lib:
        asset = lib.get(told["file"])
        assert (asset.width, asset.height) == (EDGE, EDGE)
        assert [version.message for version in lib.log(asset)] == ["a corner"]
        corner = lib.get("Saved/corner.png")
        assert (corner.width, corner.height) == (100, 100)
        assert lib.verify().ok
