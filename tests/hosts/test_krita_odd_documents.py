"""Documents and files that are not as they usually are, in a real Krita with the docker."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from disks import small_library

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

Run = Callable[[str, Mapping[str, Any]], Any]

ODD = "Ärger \"with\" 'quotes' & <b> 🎨\nand two lines.kra"
NAMES = (
    "two\nlines.png",
    "\"quoted\" 'and' & <b>%20#1.png",
    "🎨 paint.png",
    "ציור تصميم.png",
    f"{'long ' * 50}.png",
    os.fsdecode(b"caf\xe9.png"),
)
# The last is no text at all: Qt, and so Krita, cannot name such a file.

_HANDS = """
def fill(doc, pixel, size=64):
    layer = doc.rootNode().childNodes()[0]
    layer.setPixelData(QByteArray(bytes(pixel) * size * size), 0, 0, size, size)
    doc.refreshProjection()
    doc.setModified(True)

def version(note, count):
    panel().step()
    panel().document.note.setText(note)
    panel().document.new_version()
    until(lambda: state().document is not None and state().document.complete
          and len(state().document.versions) == count, note)

def kept(doc):
    panel().step()
    panel().document.save_as_asset()
    until(lambda: state().document is not None and state().document.asset.file == doc.fileName(),
          "the document is an asset")
    return state().document.asset

def used(how, asset):
    doc = new_document()
    panel().footer.hide_message()
    assets().use(how, [asset])
    doc.waitForDone()
    layer = doc.rootNode().childNodes()[-1]
    data = [layer.name(), layer.colorModel(), list(bytes(layer.pixelData(3, 3, 1, 1)))]
    leave_documents()
    return data
"""

_COLOURS = """
def inks(told):
    doc = new_document(model="CMYKA")
    fill(doc, (200, 0, 0, 0, 255))
    asset = kept(doc)
    version("inks", 1)
    fill(doc, (0, 200, 0, 0, 255))
    version("other inks", 2)
    assets().use("layer", [named("oak 1.png")])
    layer = doc.rootNode().childNodes()[-1]
    told["into inks"] = [layer.colorModel(), len(set(bytes(layer.pixelData(3, 3, 1, 1)))) > 2]
    panel().app.session.want_pictures([asset])
    until(lambda: isinstance(panel().app.session.picture(asset), bytes), "its picture")
    leave_documents()
    told["inks"] = [asset.file, used("layer", asset)]

def light(told):
    import struct
    doc = new_document(depth="F32")
    fill(doc, struct.pack("<4f", 4.0, 0.5, 0.25, 1.0))
    asset = kept(doc)
    version("light", 1)
    assets().use("layer", [named("oak 1.png")])
    layer = doc.rootNode().childNodes()[-1]
    told["into light"] = [layer.colorDepth(), struct.unpack("<4f", layer.pixelData(3, 3, 1, 1))]
    leave_documents()
    APP.setBatchmode(True)
    again = APP.openDocument(asset.file)
    again.waitForDone()
    told["light"] = [asset.file, struct.unpack("<4f", again.pixelData(3, 3, 1, 1))]
    again.close()
    APP.setBatchmode(False)
"""

_MOVING = """
def moving(told):
    doc = new_document()
    layer = doc.rootNode().childNodes()[0]
    fill(doc, (0, 0, 255, 255))
    doc.setActiveNode(layer)
    layer.enableAnimation()
    doc.setCurrentTime(0)
    doc.waitForDone()
    doc.setCurrentTime(5)
    doc.waitForDone()
    QTest.qWait(100)
    APP.action("add_blank_frame").trigger()
    doc.waitForDone()
    fill(doc, (255, 0, 0, 255))
    told["frames"] = [layer.animated(), layer.hasKeyframeAtTime(0), layer.hasKeyframeAtTime(5)]
    asset = kept(doc)
    version("it moves", 1)
    fill(doc, (0, 255, 0, 255))
    version("otherwise", 2)

    # Something new is made of the present frame, and the others stay.
    from audobon_krita.ui.compute import Compute
    page = panel().turn_to(Compute)
    page.fields.choose("seamless")
    page.fields.source.setCurrentIndex(page.fields.source.findData("layer"))
    QTest.qWait(150)
    page.go.click()
    until(lambda: page.run.result is not None, "of this frame: " + said())
    page.apply.click()
    until(lambda: page.run.phase == "idle", "placed")
    doc.waitForDone()
    made = doc.rootNode().childNodes()[-1]
    told["made"] = [made.name()[:9], list(bytes(made.pixelData(30, 30, 1, 1)))]
    doc.setCurrentTime(0)
    doc.waitForDone()
    told["first"] = list(bytes(layer.pixelData(3, 3, 1, 1)))
    panel().turn_to(type(assets()))
    leave_documents()
    told["moving"] = [asset.file, used("layer", asset)]
"""

_FILES = """
def files(told):
    told["used"] = [used("layer", asset) for asset in
                    (next(one for one in assets().grid.model().pages.rows if one.name == name)
                     for name in PLACES["names"])]
    grab("odd-names.png")
    assets().use("open", [named(PLACES["names"][0])])
    told["opened"] = [os.path.basename(each.fileName()) for each in APP.documents()]
    leave_documents()

    # One that cannot be named is a sentence, and the others follow.
    doc = new_document()
    before = len(doc.rootNode().childNodes())
    strange = next(each for each in assets().grid.model().pages.rows if "caf" in each.name)
    told["strange"] = []
    for how in ("layer", "file layer", "reference", "open"):
        panel().footer.hide_message()
        assets().use(how, [strange, named("oak 1.png")] if how == "layer" else [strange])
        told["strange"].append(said())
        doc.waitForDone()
    told["others"] = [each.name() for each in doc.rootNode().childNodes()[before:]]
    grid = assets().grid
    told["dragged"] = len(grid.model().mimeData(
        [grid.model().index(row) for row in range(grid.model().rowCount())]).urls())
    leave_documents()

    # Elsewhere, and under a name that others would have to quote.
    doc = new_document()
    panel().document.new_version()
    told["unsaved"] = said()
    doc.saveAs(os.path.join(PLACES["elsewhere"], PLACES["odd"]))
    doc.waitForDone()
    panel().step()
    told["outside"] = panel().document.keep.isVisible()
    version("from elsewhere", 1)
    told["elsewhere"] = [state().document.asset.name, state().document.asset.file]
    grab("odd.png")

    # Closed at the next moment.
    fill(doc, (9, 8, 7, 255))
    panel().document.note.setText("closed at once")
    panel().document.new_version()
    leave_documents()
    until(lambda: state().doing is None and state().notice.text.endswith("closed at once"),
          "its version is made")
    told["problem"] = state().notice.problem is not None
"""

_WORK = """
def work(told, watching):
    begin()
    opened(PLACES["plain"], 9)
    light(told)
    moving(told)
    inks(told)
    files(told)
"""


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Any]:
    plain, elsewhere = tmp_path / "Gemälde 🎨", tmp_path / "Else where"
    elsewhere.mkdir()
    plain.mkdir()
    for number, name in enumerate(NAMES):
        write_png(tmp_path / "odd.png", 64, 64, color=(10 + number, 20, 30))
        (tmp_path / "odd.png").rename(plain / name)
    small_library(plain)
    names = list(NAMES[:-1])
    return {"plain": str(plain), "elsewhere": str(elsewhere), "odd": ODD, "names": names}


def _frames(path: Path) -> int:
    """How many files of a painting tell when what is seen."""
    with zipfile.ZipFile(path) as packed:
        return sum(name.endswith(".keyframes.xml") for name in packed.namelist())


def test_documents_of_every_kind_become_assets_with_versions(
    krita_watched: Run, places: dict[str, Any], tmp_path: Path
) -> None:
    told = krita_watched(_HANDS + _COLOURS + _MOVING + _FILES + _WORK, places)
    print(told)
    _check_files(told, places)
    assert told["into inks"] == ["CMYKA", True]
    assert told["inks"][1][1] == "RGBA"
    assert told["inks"][1][2][3] == 255
    assert told["inks"][1][2][:3] != [0, 0, 0]
    assert told["into light"][0] == "F32"
    assert 0 < told["into light"][1][1] < 1
    assert told["light"][1] == [4.0, 0.5, 0.25, 1.0]
    assert told["frames"] == [True, True, True]
    assert told["made"] == ["seamless:", [0, 255, 0, 255]]
    assert told["first"] == [0, 0, 255, 255]
    assert told["moving"][1][1] == "RGBA"
    with audobon.Library.open(places["plain"]) as lib:
        notes = [v.message for v in lib.log(lib.get(told["inks"][0]))]
        assert notes == ["other inks", "inks"]
        versions = lib.log(lib.get(told["moving"][0]))
        assert [one.message for one in versions] == ["otherwise", "it moves"]
        old = lib.restore(told["moving"][0], versions[1].id, tmp_path / "old.kra").path
        assert _frames(Path(told["moving"][0])) == _frames(Path(old)) == 1
        assert [v.message for v in lib.log(lib.get(told["elsewhere"][1]))] == [
            "closed at once",
            "from elsewhere",
        ]
        assert lib.verify().ok


def _check_files(told: dict[str, Any], places: dict[str, Any]) -> None:
    wanted = [[name[:-4], "RGBA", [30, 20, 10 + n, 255]] for n, name in enumerate(NAMES[:-1])]
    assert told["used"] == wanted
    assert told["opened"] == [NAMES[0]]
    assert told["strange"] == ["Krita cannot open caf�.png"] * 4
    assert told["others"] == ["oak 1"]
    assert told["dragged"] >= 8
    assert told["unsaved"] == "save this document first; then it can have versions"
    assert told["outside"]
    assert told["elsewhere"] == [ODD, str(Path(places["elsewhere"], ODD))]
    assert not told["problem"]
