"""The plugin as people have it: its zip, taken in by Krita's own importer, used in a real Krita."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
BEGIN = """
import os, sys
os.environ.update({names!r})
sys.path.append({here!r})
from krita_studio import *
"""
IMPORTER = Path("/usr/share/krita/pykrita/plugin_importer/plugin_importer.py")


@pytest.fixture(scope="session")
def plugin_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that ``tools/dev.py addons`` builds, with the libraries of this Krita's Python."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from devtools import addons

        return addons.build_krita("linux-x64", ("3.11",))
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="session")
def krita_home(
    warm_krita_home: Path, plugin_zip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A home in which the plugin was imported and ticked."""
    home = tmp_path_factory.mktemp("krita-plugin") / "home"
    shutil.copytree(warm_krita_home, home, symlinks=True)
    resources = home / ".local" / "share" / "krita"
    done = subprocess.run(
        ["/usr/bin/python3", str(IMPORTER), str(plugin_zip), str(resources)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "Imported plugin: Audobon" in done.stdout
    with (home / ".config" / "kritarc").open("a", encoding="utf-8") as stream:
        stream.write("enable_audobon_krita=true\n")
    return home


Studio = Callable[[str], Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of one colour each, and a note."""
    root = tmp_path / "Studio"
    root.mkdir()
    for number in range(12):
        write_png(root / f"rock {number:02}.png", 32, 32, color=(200, 10 * number, 30))
    write_png(root / "moss.png", 16, 8, color=(10, 200, 30))
    (root / "note.txt").write_text("a note")
    return root


@pytest.fixture
def studio(
    krita_home: Path,
    krita_at_home: Callable[[Path, Path, Path], Any],
    folder: Path,
    tmp_path: Path,
) -> Studio:
    """Run the ``main()`` of a script in a Krita with the plugin."""

    def run(script: str) -> Any:
        home, result = tmp_path / "home", tmp_path / "result.json"
        shutil.copytree(krita_home, home, symlinks=True, dirs_exist_ok=True)
        (tmp_path / "out").mkdir(exist_ok=True)
        path = tmp_path / "job.py"
        names = {"FOLDER": folder, "OUT": tmp_path / "out"}
        found = {f"AUDOBON_KRITA_{name}": str(value) for name, value in names.items()}
        path.write_text(BEGIN.format(here=str(HERE), names=found) + script, "utf-8")
        return krita_at_home(home, path, result)

    return run


_FIND = """
def main():
    start(14)
    grid = panel().grid
    until(lambda: grid.pixmaps.get(key(0)) is not None, "a picture")
    grab("library.png")
    QTest.keyClicks(panel().search, "rock 03")
    until(lambda: state().found.total == 1, "one is found")
    until(lambda: grid.model().rowCount() == 1, "one row")
    click("rock 03.png")
    until(lambda: state().chosen is not None, "the chosen one")
    QTest.mouseClick(panel().details.stars[3], Qt.LeftButton)
    until(lambda: state().chosen.asset.rating == 4, "stars")
    QTest.keyClicks(panel().details.new_tag, "grey, wet")
    QTest.keyClick(panel().details.new_tag, Qt.Key_Return)
    until(lambda: set(state().chosen.asset.tags) == {"grey", "wet"}, "tags")
    panel().details.untagged.emit("wet")
    until(lambda: state().chosen.asset.tags == ("grey",), "one tag less")
    grab("asset.png")
    QTest.keyClick(grid, Qt.Key_2)
    until(lambda: state().chosen.asset.rating == 2, "stars by key")
    panel().search.clear()
    until(lambda: state().found.total == 14, "all")
    until(lambda: grid.model().rowCount() == 14, "all rows")
    bad = state().found.wanted.text
    QTest.keyClicks(panel().search, "rating:x")
    until(lambda: state().found.problem is not None, "a mistake")
    until(lambda: "rating" in panel().count.text(), "the mistake is told")
    told = panel().count.text()
    panel().search.clear()
    until(lambda: state().found.problem is None, "no mistake")
    panel().rating.setCurrentIndex(2)
    until(lambda: state().found.total == 1, "two stars and more")
    leave_documents()
    return {"told": told, "library": state().path}


def key(row):
    from audobon.session.pictures import picture_key
    return picture_key(panel().grid.model().pages.rows[row], 256)
"""


def test_search_rate_and_tag(studio: Studio, folder: Path) -> None:
    told = studio(_FIND)
    assert told["library"] == str(folder)
    assert "rating" in told["told"]
    with audobon.Library.open(folder) as lib:
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
    assets = [a for a in panel().grid.model().pages.rows if a.name.startswith("rock 0")][:3]
    panel().use("file layer", assets)
    told["files"] = sorted(n.name() for n in doc.rootNode().childNodes() if n.type() == "filelayer")
    panel().use("open", assets[:1])
    told["open"] = Path(APP.activeDocument().fileName()).name
    note = [a for a in panel().grid.model().pages.rows if a.name == "note.txt"]
    panel().use("layer", note)
    told["refused"] = said()
    deep = new_document(depth="F32")
    panel().use("layer", assets[:1])
    layer = deep.rootNode().childNodes()[-1]
    told["deep"] = [layer.colorDepth(), len(bytes(layer.pixelData(3, 3, 1, 1)))]
    print_ = new_document(model="CMYKA")
    panel().use("layer", assets[:1])
    layer = print_.rootNode().childNodes()[-1]
    told["cmyk"] = [layer.name(), layer.colorModel()]
    leave_documents()
    return told
"""


def test_assets_become_layers_and_documents(studio: Studio) -> None:
    told = studio(_USE)
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
    until(lambda: panel().keep.isVisible(), "the button")
    QTest.mouseClick(panel().keep, Qt.LeftButton)
    until(lambda: state().document is not None, "the document is an asset")
    ident = state().document.asset.id
    QTest.keyClicks(panel().note, "the first")
    QTest.mouseClick(panel().version, Qt.LeftButton)
    until(lambda: len(state().document.versions) == 1, "a version")
    layer = doc.rootNode().childNodes()[0]
    layer.setPixelData(QByteArray(bytes((1, 2, 3, 255)) * 64 * 64), 0, 0, 64, 64)
    doc.refreshProjection()
    QTest.keyClicks(panel().note, "painted")
    QTest.keyClick(panel().note, Qt.Key_Return)
    until(lambda: len(state().document.versions) == 2, "another version")
    grab("document.png")
    first = panel().versions.item(1)
    panel().versions.itemDoubleClicked.emit(first)
    path = doc.fileName()
    until(lambda: APP.activeDocument().fileName() != path, "the old one is open")
    old = APP.activeDocument()
    told = {"ident": ident, "path": path, "old": Path(old.fileName()).name}
    told["annotation"] = bytes(doc.annotation("audobon")).decode()
    told["differs"] = bytes(old.pixelData(5, 5, 1, 1)) != bytes(doc.pixelData(5, 5, 1, 1))
    APP.action("audobon_search").trigger()
    QTest.qWait(100)
    told["focus"] = panel().window().focusWidget() is panel().search
    leave_documents()
    return told
"""


def test_a_document_gets_versions(studio: Studio, folder: Path) -> None:
    told = studio(_SAVE)
    assert told["differs"]
    assert told["focus"]
    assert told["annotation"] == told["ident"]
    with audobon.Library.open(folder) as lib:
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
