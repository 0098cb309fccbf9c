"""The steps of docs/tutorial-krita.md in a real Krita, by the buttons that the page names."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.model.component import Part, Source
from audobon.models.archive import read_parts
from audobon.models.fetch import fetch
from audobon.system.locks import FileLock

pytestmark = pytest.mark.hosts

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / ".cache" / "packages"
PHOTOS = Source("pypi", "scikit-image", "0.26.0")
NAMES = ("brick", "grass", "gravel", "coffee", "chelsea", "astronaut")
BUTTONS = (
    *("New Library…", "Save as Asset", "New Version", "What Changed", "Restore…"),
    *("Insert as Layers", "Preview", "Add as Layer"),
)
# What the page names in bold.

_STEPS = """
from krita_past import *
from krita_studio import *
from PyQt5.QtCore import QPointF
from PyQt5.QtGui import QColor, QImage, QPainter, QRadialGradient
from PyQt5.QtWidgets import QDockWidget, QPushButton

def tidy():
    '''Room for the docker, as somebody makes it who works with a library.'''
    window = APP.activeWindow().qwindow()
    for each in window.findChildren(QDockWidget):
        if each.isVisible() and each.windowTitle() not in ("Audobon", "Layers", "Toolbox"):
            each.hide()
    docker().show()
    docker().raise_()
    window.resizeDocks([docker()], [380], Qt.Horizontal)
    QTest.qWait(200)

def named(text):
    return next(each for each in panel().findChildren(QPushButton)
                if each.text() == text and each.isVisible())

def paint_light(doc):
    '''Stands in for a brush.'''
    image = QImage(512, 512, QImage.Format_ARGB32)
    image.fill(0)
    light = QRadialGradient(QPointF(300, 180), 260)
    light.setColorAt(0, QColor(255, 210, 120, 235))
    light.setColorAt(1, QColor(255, 150, 40, 0))
    painter = QPainter(image)
    painter.fillRect(0, 0, 512, 512, light)
    painter.end()
    layer = doc.createNode("Light", "paintlayer")
    bits = image.bits()
    bits.setsize(512 * 512 * 4)
    layer.setPixelData(QByteArray(bytes(bits)), 0, 0, 512, 512)
    doc.rootNode().addChildNode(layer, doc.rootNode().childNodes()[-1])
    doc.refreshProjection()
    doc.waitForDone()
    doc.setModified(True)

def names():
    return [each.name() for each in APP.activeDocument().rootNode().childNodes()]

def main():
    told = {}
    tidy()
    until(lambda: panel().app.session is not None, "the session")
    assert named("New Library…").isEnabled()
    start(6)  # what the button does once a folder is chosen in the system's dialog
    doc = new_document(512, 512)
    tidy()
    QTest.keyClicks(assets().search, "br")
    until(lambda: state().found.total == 1 and assets().grid.model().rowCount() == 1, "found")
    told["found"] = assets().grid.model().pages.rows[0].name
    click(told["found"], twice=True)
    until(lambda: "brick" in names(), "the wall is a layer")
    assets().search.clear()
    until(lambda: assets().grid.model().rowCount() == 6 and not state().searching, "all")
    QTest.qWait(200)
    click("brick.png")
    until(lambda: state().chosen is not None and state().chosen.asset.name == "brick.png", "it")
    QTest.keyClick(assets().grid, Qt.Key_4)
    until(lambda: state().chosen.asset.rating == 4, "stars")
    pictures = lambda: all(isinstance(panel().app.session.picture(each), bytes)
                           for each in assets().grid.model().pages.rows)
    until(pictures, "their pictures")
    QTest.qWait(500)
    grab("tutorial-library.png")

    press(named("Save as Asset"))
    until(lambda: state().document is not None, "it is an asset")
    QTest.keyClicks(panel().document.note, "a wall")
    version_of("a wall", 1)
    paint_light(doc)
    QTest.keyClicks(panel().document.note, "evening light")
    version_of("evening light", 2)
    versions = pick(part("versions"), 1)
    press(versions.compare)
    until(lambda: versions.difference.isVisible() and state().past.changes is not None
          and len(versions.difference.pictures._shown) == 2, "what changed")
    QTest.qWait(800)
    told["changed"] = versions.difference.text.text()
    grab("tutorial-changed.png")

    pick(versions, 2)
    told["row"] = versions.picked()[0].title
    press(versions.restore)
    answer(versions.question, "Restore")
    until(lambda: "Light" not in names(), "as it was")
    told["restored"] = names()
    doc = APP.activeDocument()
    pick(versions, 1)
    press(versions.insert)
    until(lambda: len(names()) == len(told["restored"]) + 1, "the light again, as a group")
    group = doc.rootNode().childNodes()[-1]
    told["group"] = [group.type(), [each.name() for each in group.childNodes()]]

    from audobon_krita.ui.compute import Compute
    brick = doc.nodeByName("brick")
    until(lambda: (doc.setActiveNode(brick), QTest.qWait(60),
                   doc.activeNode().name() == "brick")[-1], "the wall is active")
    page = panel().turn_to(Compute)
    until(lambda: "brick" in page.fields.source.itemText(0), "its name is shown")
    page.fields.choose("style")
    page.fields.style.showPopup()
    QTest.qWait(300)
    page.fields.style.view().window().grab().save(OUT + "/tutorial-styles.png")
    page.fields.style.hidePopup()
    grab("tutorial-style-page.png")
    icons = [page.fields.style.itemIcon(n).pixmap(32, 32).toImage() for n in range(27)]
    told["styles"] = len({bytes(each.bits().asstring(each.byteCount())) for each in icons[:26]
                          if not each.isNull()})
    page.fields.choose("normal")
    press(page.go)
    until(lambda: page.run.result is not None, "a normal map: " + said())
    QTest.qWait(600)
    grab("tutorial-computed.png")
    told["buttons"] = sorted({each.text() for each in panel().findChildren(QPushButton)})
    press(page.apply)
    until(lambda: page.run.phase == "idle", "placed")
    doc.waitForDone()
    told["layers"] = names()
    QTest.keyClicks(panel().document.note, "a map")
    version_of("a map", 3)
    leave_documents()
    return told

def version_of(note, count):
    press(named("New Version"))
    until(lambda: state().document is not None and len(state().document.versions) == count, note)
"""


@pytest.fixture
def krita_folder(tmp_path: Path) -> Path:
    """Photographs and textures that anybody may use (CC0, and one of NASA)."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with FileLock(PACKAGES / ".tests.lock", timeout_s=300):
        package = fetch(PHOTOS, PACKAGES, python=sys.executable)
    root = tmp_path / "Pictures"
    root.mkdir()
    parts = [Part(f"skimage/data/{name}.png") for name in NAMES]
    for name, data in zip(NAMES, read_parts(package, parts), strict=True):
        (root / f"{name}.png").write_bytes(data)
    return root


def test_the_tutorial_works_as_it_is_written(
    krita_painter: Callable[[str], Any], krita_folder: Path
) -> None:
    told = krita_painter(_STEPS)
    print(told)
    assert told["found"] == "brick.png"
    assert told["changed"]
    assert told["row"] == "a wall"
    assert told["restored"] == ["Background", "brick"]
    assert told["group"] == ["grouplayer", ["Background", "brick", "Light"]]
    assert told["styles"] == 26, "each has a picture of its own"
    assert told["layers"][:3] == ["Background", "brick", "normal: brick"]
    page = (ROOT / "docs" / "tutorial-krita.md").read_text("utf-8")
    assert set(BUTTONS) == set(re.findall(r"\*\*([^*]+)\*\*", page)) <= set(told["buttons"])
    with audobon.Library.open(krita_folder) as lib:
        [painting] = lib.search("ext:kra").hits
        notes = [one.message for one in lib.log(painting.asset)]
        assert notes == ["a map", "evening light", "a wall"]
        assert lib.get("brick.png").rating == 4
        assert lib.verify().ok
