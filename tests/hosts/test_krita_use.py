"""Using assets in Krita and saving parts of documents, driven by hand in the real Krita."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon

pytestmark = pytest.mark.hosts

Studio = Callable[[str], Any]

_HANDS = "from krita_hands import *\n"

_SAVE_PARTS = """
def main():
    start(14)
    told = {}
    doc = built(tree, 40, 30, depth="U16")
    before = (layers(doc), pixel(doc, 6, 7))
    unfold()
    active(doc, "leaf")
    typed(name="a leaf", tags="green, old", description="of an oak")
    save("layer")
    until(lambda: chosen("a leaf.png").note, "its description, a change after its file")
    asset = chosen("a leaf.png")
    told["leaf"] = [asset.id, asset.file, list(asset.tags), asset.note]
    active(doc, "wood")
    told["left"] = keeping().tags.text() + keeping().description.text()
    save("group")
    told["group"] = chosen("wood.kra").file
    selected = Selection()
    selected.select(8, 8, 30, 4, 255)
    doc.setSelection(selected)
    typed(name="cut")
    save("selection")
    told["cut"] = chosen("cut.png").file
    doc.setSelection(None)
    told["unchanged"] = before == (layers(doc), pixel(doc, 6, 7))
    grab("saving.png")
    # A new version of the leaf, which a file layer follows
    assets().use("file layer", [asset])
    follower = doc.rootNode().childNodes()[-1]
    told["follower"] = [follower.name(), follower.type()]
    click_asset("a leaf.png")
    active(doc, "bark")
    choose(keeping().target, asset.id)
    typed(note="now bark")
    before = [node.projectionPixelData(1, 1, 1, 1) for node in (follower,)]
    save("layer", asset.id)
    until(lambda: state().notice is not None and "New version" in state().notice.text, "a version")
    until(lambda: follower.projectionPixelData(1, 1, 1, 1) != before[0], "the file layer follows")
    return done(told)


def tree(doc):
    group = add(doc, doc.rootNode(), "wood", "grouplayer")
    leaf, bark = add(doc, group, "leaf"), add(doc, group, "bark")
    paint(doc, leaf, struct.pack("<4H", 1000, 2001, 40003, 65535), 5, 6, 10, 8)
    paint(doc, bark, struct.pack("<4H", 7, 8, 9, 65535), 14, 6, 4, 2)
"""


def _depth_of_png(path: str) -> tuple[int, int, int, int]:
    """Width, height, bits a channel and the type of colour of a PNG."""
    return struct.unpack(">IIBB", Path(path).read_bytes()[16:26])


def test_parts_of_a_document_become_assets_and_versions(
    krita_studio: Studio, krita_folder: Path
) -> None:
    told = krita_studio(_HANDS + _SAVE_PARTS)
    assert told["unchanged"]
    assert told["left"] == ""
    ident, leaf, tags, note = told["leaf"]
    assert (Path(leaf).parent, set(tags), note) == (
        krita_folder / "Saved",
        {"green", "old"},
        "of an oak",
    )
    assert _depth_of_png(told["cut"]) == (30, 4, 16, 6)
    names, annotated = _inside(told["group"])
    assert names == ["wood", "bark", "leaf"]
    assert not annotated
    with audobon.Library.open(krita_folder) as lib:
        versions = lib.log(ident)
        assert [one.message for one in versions] == ["now bark", "a leaf.png, before: now bark"]
        old = lib.restore(ident, versions[1].id, krita_folder / "old.png").path
    assert _depth_of_png(str(old)) == (10, 8, 16, 6)
    assert _depth_of_png(leaf) == (4, 2, 16, 6)
    assert told["follower"] == ["a leaf", "filelayer"]


def _inside(path: str) -> tuple[list[str], bool]:
    """The layers of a .kra, and whether it carries the id of an asset."""
    with zipfile.ZipFile(path) as packed:
        tree = ET.fromstring(packed.read("maindoc.xml"))
        names = [each.get("name", "") for each in tree.iter() if each.tag.endswith("}layer")]
        return names, any(name.endswith("annotations/audobon") for name in packed.namelist())


_SAVE_KINDS = """
def main():
    start(14)
    told = {}
    glow = built(lit, depth="F32")
    unfold()
    active(glow, "light")
    typed(name="glow")
    save("layer")
    asset = chosen("glow.exr")
    APP.setBatchmode(True)
    again = APP.openDocument(asset.file)
    told["glow"] = [again.width(), again.height(), again.colorDepth()]
    told["light"] = struct.unpack("<4f", bytes(again.pixelData(1, 1, 1, 1)))
    again.close()
    APP.setBatchmode(False)
    save("layer", click_asset("moss.png").id)
    told["refused"] = said()
    active(glow, "nothing")
    save("layer")
    told["empty"] = said()
    ink = built(inked, model="CMYKA")
    unfold()
    active(ink, "drawn")
    typed(name="ink")
    save("layer")
    again = APP.openDocument(chosen("ink.kra").file)
    told["ink"] = [again.width(), again.height(), again.colorModel(), pixel(again, 1, 1)]
    again.close()
    print_ = new_document(32, 32)
    unfold()
    typed(name="print", tags="mine", description="a print")
    save("document")
    until(lambda: state().document is not None, "the document is an asset")
    told["ident"] = state().document.asset.id
    QTest.mouseClick(keeping().each, Qt.LeftButton, Qt.NoModifier, QPoint(8, 8))
    until(lambda: keeping().each.isChecked(), "the switch")
    paint(print_, print_.rootNode().childNodes()[0], bytes((1, 2, 3, 255)), 0, 0, 32, 32)
    print_.setModified(True)  # painting by hand does that
    APP.action("file_save").trigger()
    until(lambda: len(state().document.versions) == 1, "a version of what was saved")
    paint(print_, print_.rootNode().childNodes()[0], bytes((9, 2, 3, 255)), 0, 0, 32, 32)
    QTest.keyClicks(panel().document.note, "redder")
    QTest.mouseClick(panel().document.version, Qt.LeftButton)
    until(lambda: len(state().document.versions) == 2, "a version with a note")
    told["annotation"] = bytes(print_.annotation("audobon")).decode()
    told["file"] = print_.fileName()
    gone = new_document(8, 8)
    unfold()
    typed(name="gone")
    save("document")
    gone.setModified(False)
    gone.close()
    until(lambda: state().found.total == 18, "what was closed meanwhile is there")
    until(lambda: state().doing is None, "nothing is done any more")
    QTest.qWait(300)
    return done(told)


def lit(doc):
    layer = add(doc, doc.rootNode(), "light")
    paint(doc, layer, struct.pack("<4f", 2.5, 0.25, 0.5, 1.0), 2, 3, 4, 5)
    add(doc, doc.rootNode(), "nothing")


def inked(doc):
    layer = add(doc, doc.rootNode(), "drawn")
    paint(doc, layer, bytes((10, 20, 30, 40, 255)), 2, 3, 4, 5)
"""


def test_depths_colours_and_saving_by_hand(krita_studio: Studio, krita_folder: Path) -> None:
    told = krita_studio(_HANDS + _SAVE_KINDS)
    assert told["glow"] == [4, 5, "F32"]
    assert told["light"] == [2.5, 0.25, 0.5, 1.0]
    assert told["refused"].startswith("PNG cannot hold RGB of 32-bit floats without loss")
    assert told["empty"] == "the layer nothing is empty"
    assert told["ink"] == [4, 5, "CMYKA", [10, 20, 30, 40, 255]]
    assert told["annotation"] == told["ident"]
    assert _inside(told["file"])[1]
    with audobon.Library.open(krita_folder) as lib:
        asset = lib.get(told["ident"])
        assert (asset.name, asset.tags, asset.note) == ("print.kra", ("mine",), "a print")
        assert [one.message for one in lib.log(asset)] == ["redder", "Saved print.kra"]
        assert lib.get("Saved/gone.kra").state == "present"
        assert lib.verify().ok


_USE = """


def dots(path):
    image = QImage(3, 2, QImage.Format_ARGB32)
    image.fill(QColor(200, 20, 20))
    image.setPixelColor(0, 0, QColor(0, 255, 0))
    assert image.save(path)


def tiled(layer, width, height):
    wanted = {True: [0, 255, 0, 255], False: [20, 20, 200, 255]}
    places = [(x, y) for x in range(width) for y in range(height)]
    return all(pixel(layer, x, y) == wanted[not (x % 3 or y % 2)] for x, y in places)


def files(*paths):
    mime = QMimeData()
    mime.setUrls([QUrl(path) if "://" in path else QUrl.fromLocalFile(path) for path in paths])
    return mime


def pick_first():
    menu = QApplication.activePopupWidget()
    if menu is None:
        QTimer.singleShot(50, pick_first)
        return
    QTest.keyClick(menu, Qt.Key_Down)
    QTest.keyClick(menu, Qt.Key_Return)


def main():
    dots(str(Path(FOLDER) / "dots.png"))
    start(15)
    told, doc = {}, new_document(40, 20)
    count = len(layers(doc))
    told["three"] = []
    for how in ("layer", "file layer"):
        assets().use(how, rows("rock 00.png", "rock 01.png", "rock 02.png", "note.txt"))
        doc.waitForDone()
        group = doc.rootNode().childNodes()[-1]
        seen = lambda each: list(bytes(each.projectionPixelData(3, 3, 1, 1)))
        until(lambda: all(seen(each)[3:] == [255] for each in group.childNodes()), "they are read")
        told["three"].append([group.name(), group.type(), said()] + [
            [each.name(), each.type(), seen(each)] for each in group.childNodes()])
        undone(doc, count)
        until(APP.action("edit_redo").isEnabled, "a step that can be done again")
        APP.action("edit_redo").trigger()
        until(lambda: len(layers(doc)) == count + 1, "the group again")
        assert len(doc.rootNode().childNodes()[-1].childNodes()) == 3
        undone(doc, count)
    assets().use("pattern", rows("dots.png"))
    layer = doc.rootNode().childNodes()[-1]
    told["pattern"] = [layer.type(), tiled(layer, 40, 20), said()]
    undone(doc, count)
    assets().use("palette", rows("dots.png"))
    swatches = assets().swatches
    until(lambda: swatches.isVisible(), "colours")
    told["colours"] = [one.hex for one in swatches.palette_shown.colours]
    QTest.mouseClick(swatches.buttons[1], Qt.LeftButton)
    until(lambda: paints() == [0, 255, 0, 255], "the colour of the brush")
    grab("colours.png")
    QTest.mouseClick(swatches.keep, Qt.LeftButton)
    until(lambda: "palettes" in said(), "the palette is kept")
    good = str(Path(OUT) / "dropped.png")
    dots(good)
    told["accepted"] = drop(panel(), files(good, str(Path(OUT) / "gone.png")))
    until(lambda: state().found.total == 16, "the good file is added")
    until(lambda: "could not be read" in said(), "the bad one is told")
    told["dropped"] = said()
    drop(panel(), files("https://example.org/a.png"))
    told["remote"] = said()
    grid = assets().grid
    model, row = grid.model(), [a.name for a in grid.model().pages.rows].index("dots.png")
    [canvas] = [w for w in QApplication.allWidgets() if w.metaObject().className() == "KisView"]
    QTimer.singleShot(50, pick_first)
    told["dragged"] = drop(canvas, model.mimeData([model.index(row)]))
    until(lambda: len(layers(doc)) == count + 1, "a layer by drag and drop")
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.AppDataLocation))
    told["palettes"] = [path.read_text() for path in (folder / "palettes").glob("dots*.gpl")]
    told["patterns"] = len(list((folder / "patterns").glob("dots*.png")))
    return done(told)


def paints():
    shown = APP.activeWindow().activeView().foregroundColor().components()
    return [round(255 * part) for part in shown]
"""

_AGAIN = """
def main():
    docker().show()
    docker().raise_()
    until(lambda: state() is not None and state().found.total == 16, "the library is open again")
    until(lambda: rows("dots.png"), "rows")
    doc = new_document(40, 20)
    assets().use("pattern", rows("dots.png"))
    layer = doc.rootNode().childNodes()[-1]
    until(lambda: tiled(doc, 40, 20), "the fill layer is drawn")
    told = {"type": layer.type(), "palette": "dots" in APP.resources("palette")}
    undone(doc, 1)
    return done(told)
"""


def test_patterns_palettes_and_drops(krita_studio: Studio) -> None:
    told = krita_studio(_HANDS + _USE)
    for kind, three in zip(("paintlayer", "filelayer"), told["three"], strict=True):
        assert three[0] in [f"rock {n:02} and 2 more" for n in range(3)]
        assert three[1:3] == ["grouplayer", "note.txt cannot be inserted"]
        rocks = [[f"rock {n:02}", kind, [30, 10 * n, 200, 255]] for n in range(3)]
        assert sorted(three[3:]) == rocks
    assert told["pattern"][:2] == ["paintlayer", True]
    assert "from its next start on" in told["pattern"][2]
    assert told["colours"] == ["#c81414", "#00ff00"]
    assert told["palettes"] == [
        "GIMP Palette\nName: dots\nColumns: 8\n#\n200  20  20\t#c81414\n  0 255   0\t#00ff00\n"
    ]
    assert told["patterns"] == 1
    assert told["accepted"]
    assert told["dragged"]
    assert told["dropped"].startswith("1 added, 1 could not be read: ")
    assert "gone.png" in told["dropped"]
    assert told["remote"].startswith("Only files of this machine can be added")
    again = krita_studio(_HANDS + _USE.replace("def main", "def before") + _AGAIN)
    assert again == {"type": "filllayer", "palette": True}
