"""The plugin as people have it: its zip, taken in by Krita's own importer, used in a real Krita."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sealed_job import expect_sealed

import audobon

pytestmark = pytest.mark.hosts

ROOT = Path(__file__).resolve().parents[2]
Studio = Callable[[str], Any]


_FIND = """
def main():
    start(14)
    grid = assets().grid
    until(lambda: grid.pixmaps.get(key(0)) is not None, "a picture")
    grab("library.png")
    QTest.keyClicks(assets().search, "rock 03")
    until(lambda: state().found.total == 1, "one is found")
    until(lambda: grid.model().rowCount() == 1, "one row")
    click("rock 03.png")
    until(lambda: state().chosen is not None, "the chosen one")
    until(lambda: assets().details.ident == state().chosen.asset.id, "its details")
    QTest.mouseClick(assets().details.stars[3], Qt.LeftButton)
    until(lambda: state().chosen.asset.rating == 4, "stars")
    QTest.keyClicks(assets().details.new_tag, "grey, wet")
    QTest.keyClick(assets().details.new_tag, Qt.Key_Return)
    until(lambda: set(state().chosen.asset.tags) == {"grey", "wet"}, "tags")
    assets().details.untagged.emit("wet")
    until(lambda: state().chosen.asset.tags == ("grey",), "one tag less")
    grab("asset.png")
    QTest.keyClick(grid, Qt.Key_2)
    until(lambda: state().chosen.asset.rating == 2, "stars by key")
    assets().search.clear()
    until(lambda: state().found.total == 14, "all")
    until(lambda: grid.model().rowCount() == 14, "all rows")
    bad = state().found.wanted.text
    QTest.keyClicks(assets().search, "rating:x")
    until(lambda: state().found.problem is not None, "a mistake")
    until(lambda: "rating" in assets().count.text(), "the mistake is told")
    told = assets().count.text()
    assets().search.clear()
    until(lambda: state().found.problem is None, "no mistake")
    assets().rating.setCurrentIndex(2)
    until(lambda: state().found.total == 1, "two stars and more")
    leave_documents()
    return {"told": told, "library": state().path}


def key(row):
    from audobon.session.pictures import picture_key
    return picture_key(assets().grid.model().pages.rows[row], 256)
"""


def test_search_rate_and_tag(krita_studio: Studio, krita_folder: Path) -> None:
    told = krita_studio(_FIND)
    assert told["library"] == str(krita_folder)
    assert "rating" in told["told"]
    with audobon.Library.open(krita_folder) as lib:
        asset = lib.get("rock 03.png")
        assert (asset.rating, asset.tags) == (2, ("grey",))


_USE = """
def main():
    doc = new_document()
    start(14)
    before = len(doc.rootNode().childNodes())
    click("moss.png", twice=True)
    until(lambda: len(doc.rootNode().childNodes()) == before + 1, "a layer")
    layer = doc.rootNode().childNodes()[-1]
    told = {"name": layer.name(), "type": layer.type()}
    told["pixel"] = list(bytes(layer.pixelData(3, 3, 1, 1)))
    told["outside"] = list(bytes(layer.pixelData(40, 40, 1, 1)))
    APP.action("edit_undo").trigger()
    until(lambda: len(doc.rootNode().childNodes()) == before, "undone in one step")
    rocks = [a for a in assets().grid.model().pages.rows if a.name.startswith("rock 0")][:3]
    assets().use("file layer", rocks)
    inside = doc.rootNode().childNodes()[-1].childNodes()  # several come as one group
    told["files"] = sorted(n.name() for n in inside if n.type() == "filelayer")
    assets().use("open", rocks[:1])
    told["open"] = Path(APP.activeDocument().fileName()).name
    note = [a for a in assets().grid.model().pages.rows if a.name == "note.txt"]
    assets().use("layer", note)
    told["refused"] = said()
    deep = new_document(depth="F32")
    assets().use("layer", rocks[:1])
    layer = deep.rootNode().childNodes()[-1]
    told["deep"] = [layer.colorDepth(), len(bytes(layer.pixelData(3, 3, 1, 1)))]
    print_ = new_document(model="CMYKA")
    assets().use("layer", rocks[:1])
    layer = print_.rootNode().childNodes()[-1]
    told["cmyk"] = [layer.name(), layer.colorModel()]
    leave_documents()
    return told
"""


def test_assets_become_layers_and_documents(krita_studio: Studio) -> None:
    told = krita_studio(_USE)
    assert (told["name"], told["type"]) == ("moss", "paintlayer")
    assert told["pixel"] == [30, 200, 10, 255]
    assert told["outside"][3] == 0
    assert len(told["files"]) == 3
    assert told["open"].startswith("rock 0")
    assert told["refused"] == "note.txt cannot be used in Krita"
    assert told["deep"] == ["F32", 16]
    assert told["cmyk"][1] == "CMYKA"


_SAVE = """
def main():
    doc = new_document()
    start(14)
    panel().step()
    until(lambda: panel().document.keep.isVisible(), "the button")
    QTest.mouseClick(panel().document.keep, Qt.LeftButton)
    until(lambda: state().document is not None, "the document is an asset")
    ident = state().document.asset.id
    QTest.keyClicks(panel().document.note, "the first")
    QTest.mouseClick(panel().document.version, Qt.LeftButton)
    until(lambda: len(state().document.versions) == 1, "a version")
    layer = doc.rootNode().childNodes()[0]
    layer.setPixelData(QByteArray(bytes((1, 2, 3, 255)) * 64 * 64), 0, 0, 64, 64)
    doc.refreshProjection()
    QTest.keyClicks(panel().document.note, "painted")
    QTest.keyClick(panel().document.note, Qt.Key_Return)
    until(lambda: len(state().document.versions) == 2, "another version")
    grab("document.png")
    first = panel().document.versions.item(1)
    panel().document.versions.itemDoubleClicked.emit(first)
    path = doc.fileName()
    until(lambda: APP.activeDocument().fileName() != path, "the old one is open")
    old = APP.activeDocument()
    told = {"ident": ident, "path": path, "old": Path(old.fileName()).name}
    told["annotation"] = bytes(doc.annotation("audobon")).decode()
    told["differs"] = bytes(old.pixelData(5, 5, 1, 1)) != bytes(doc.pixelData(5, 5, 1, 1))
    APP.action("audobon_search").trigger()
    QTest.qWait(100)
    told["focus"] = panel().window().focusWidget() is assets().search
    leave_documents()
    import sealed_job
    told["sealed"] = sealed_job.main(str(Path(OUT) / "Sealed"), [])
    return told
"""


def test_a_document_gets_versions(krita_studio: Studio, krita_folder: Path, tmp_path: Path) -> None:
    told = krita_studio(_SAVE)
    expect_sealed(told["sealed"], tmp_path / "out" / "Sealed", "audobon_krita/lib")
    assert told["differs"]
    assert told["focus"]
    assert told["annotation"] == told["ident"]
    with audobon.Library.open(krita_folder) as lib:
        asset = lib.get(told["ident"])
        assert asset.file == told["path"]
        assert [version.message for version in lib.log(asset)] == ["painted", "the first"]
        assert told["old"] != asset.name
        assert lib.verify().ok


def test_our_keys_are_none_of_kritas() -> None:
    share = Path("/usr/share/krita")
    kritas = [*share.rglob("*.action"), *share.rglob("*.shortcuts")]
    assert kritas
    taken = "".join(path.read_text("utf-8", "replace") for path in kritas).lower()
    ours = (ROOT / "addons/krita/audobon_krita.action").read_text("utf-8")
    keys = re.findall("<shortcut>(.+)</shortcut>", ours)
    assert len(keys) == 2
    for key in keys:
        assert not re.search(re.escape(key.lower()) + r"(?![a-z0-9])", taken), key


def test_the_zip_has_a_folder_for_each_python(plugin_zip: Path) -> None:
    with zipfile.ZipFile(plugin_zip) as packed:
        names = packed.namelist()
    assert "audobon_krita/" in names
    assert "audobon_krita/lib/cp311/" in names
    assert "audobon_krita/lib/common/audobon/__init__.py" in names
    assert not [name for name in names if "/numpy/" in name or "/openvino/" in name]
    assert json.dumps(sorted(names)) == json.dumps(names)
