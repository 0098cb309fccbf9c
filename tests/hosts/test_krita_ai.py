"""Local AI in Krita: real networks asked for by the page's own buttons, results seen in pixels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ai_setup import as_engine, fetched, with_models

import audobon
from audobon.model.component import Part, Source
from audobon.models.archive import read_parts
from audobon.testing.patterns import write_patterns

pytestmark = pytest.mark.hosts

PHOTOS = Source("pypi", "scikit-learn", "1.9.1")
MODELS = ("span-x2", "efficientnet-lite0", "imagenet-names", "isnet-small", "hed", "multistyle26")
Studio = Callable[[str], Any]


@pytest.fixture(scope="session")
def krita_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models in which those are installed that the page asks for; only to be read."""
    return with_models(tmp_path_factory.mktemp("krita-models") / "models", MODELS)


@pytest.fixture
def engine(tmp_path: Path, krita_models: Path) -> None:
    """This Python as the engine of the Krita that comes, and packages that were fetched before."""
    as_engine(tmp_path / "home", krita_models)


@pytest.fixture
def flower(krita_folder: Path) -> Path:
    """Photographs of a dahlia and of a pagoda in the library."""
    package = fetched(PHOTOS)
    names = ("china.jpg", "flower.jpg")
    parts = read_parts(package, [Part(f"sklearn/datasets/images/{name}") for name in names])
    for name, data in zip(names, parts, strict=True):
        (krita_folder / name).write_bytes(data)
    return krita_folder / "flower.jpg"


_LAYERS = """
from krita_compute import *

def main():
    told = {}
    start(16)
    doc = photo()
    base = doc.rootNode().childNodes()[0]
    activate(doc, base)
    source, before = base.name(), bytes(base.pixelData(0, 0, 640, 427))
    until(lambda: state().tools is not None or not page().isVisible(), "tools")

    shown("cutout")
    grab("compute.png")
    put()
    mask = base.childNodes()[0]
    told["mask"] = [mask.name(), mask.type()]
    told["alpha"] = [pixel(base, 255, 180)[3], pixel(base, 40, 400)[3]]
    told["same"] = bytes(base.pixelData(0, 0, 640, 427)) == before
    grab("cutout.png")
    undo(doc)
    told["unmasked"] = [len(base.childNodes()), pixel(base, 40, 400)[3]]

    selection = Selection()
    selection.select(100, 100, 200, 150, 255)
    doc.setSelection(selection)
    made("lineart", paper="black", selection=True)
    lines = layer(doc, "lineart: " + source)
    told["lines"] = [names(doc), pixel(lines, 150, 150)[3], pixel(lines, 90, 150)[3],
                     pixel(lines, 310, 150)[3]]
    data = bytes(lines.pixelData(100, 100, 200, 150))
    told["drawn"] = [min(data[0::4]), max(data[0::4])]
    undo(doc)
    activate(doc, base)
    selection = Selection()
    selection.select(120, 40, 300, 300, 255)
    doc.setSelection(selection)
    made("cutout", selection=True)
    told["inside"] = [pixel(base, 255, 180)[3], pixel(base, 125, 335)[3], pixel(base, 40, 400)[3]]
    undo(doc)
    doc.setSelection(None)

    QTest.qWait(500)
    activate(doc, base)
    made("style", style=5, strength=40)
    style = layer(doc, "style 5: " + source)
    told["style"] = [names(doc), style.opacity(), style.bounds().width(), style.bounds().height()]
    told["painted"] = bytes(style.pixelData(0, 0, 640, 427)) != before
    undo(doc)
    told["undone"] = names(doc)
    activate(doc, base)
    compute = shown("palette")
    told["colours"] = [len(compute.run.result.colors), compute.run.result.colors[0][0]]
    grab("palette.png")
    compute.swatches.picked.emit("#336699")
    picked = APP.activeWindow().activeView().foregroundColor().componentsOrdered()
    told["picked"] = [round(each * 255) for each in picked][:3]
    compute.keep.click()
    until(lambda: "among its palettes" in said(), "the palette")
    told["kept"] = said()
    leave_documents()
    return told
"""


def test_layers_masks_and_palettes(
    krita_studio: Studio, engine: None, flower: Path, tmp_path: Path
) -> None:
    told = krita_studio(_LAYERS)
    name = told["lines"][0][0]
    assert told["mask"] == [f"cutout: {name}", "transparencymask"]
    assert told["alpha"][0] > 250
    assert told["alpha"][1] < 5
    assert told["same"], "the layer's own pixels stay"
    assert told["unmasked"] == [0, 255], "one undo takes the mask away"
    assert told["lines"][0] == [name, f"lineart: {name}"]
    assert told["lines"][1:] == [255, 0, 0], "only inside the selection"
    assert told["drawn"][0] < 60
    assert told["drawn"][1] > 120
    assert told["inside"][0] > 250
    assert told["inside"][1] < 40, "cut out inside the selection"
    assert told["inside"][2] == 255, "and nothing hidden outside"
    assert told["style"] == [[name, f"style 5: {name}"], 102, 640, 427]
    assert told["painted"]
    assert told["undone"] == [name]
    assert told["colours"][0] == 8
    assert told["picked"] == [51, 102, 153]
    palette = tmp_path / "home" / ".local" / "share" / "krita" / "palettes" / f"{name}.gpl"
    assert palette.read_text().startswith(f"GIMP Palette\nName: {name}\nColumns: 8\n#\n")
    assert len(palette.read_text().splitlines()) == 4 + 8


_ALIKE = """
from krita_compute import *
from krita_teaching import teaching

def number():
    notice = state().notice
    return 0 if notice is None else notice.number

def tags():
    return list(state().chosen.asset.tags)

def decide(verdict, tag):
    button = page().tags.findChild(QToolButton, verdict + " " + tag)
    button.click()

def main():
    from PyQt5.QtWidgets import QToolButton
    globals()["QToolButton"] = QToolButton
    told = {}
    start(16)
    doc = photo()
    doc.setActiveNode(doc.rootNode().childNodes()[0])
    page()
    until(lambda: state().tools is not None, "tools")
    compute = page()
    compute.fields.choose("denoise")
    QTest.qWait(100)
    told["needs"] = [compute.getting.text.text(), compute.go.isEnabled(),
                     compute.getting.question.isVisible()]
    compute.getting.get.click()
    told["asked"] = [compute.getting.question.isVisible(), compute.getting.question.text()]
    grab("needs.png")
    compute.getting.yes.click()
    until(lambda: state().tools.offer("denoise").ready, "denoise")
    QTest.qWait(200)
    told["ready"] = [compute.go.isEnabled(), compute.getting.isVisible()]

    before = number()
    session = panel().app.session
    session.look_at_pictures("embed")
    until(lambda: number() != before, "looked at")
    told["looked"] = state().notice.text
    selection = Selection()
    selection.select(150, 60, 250, 250, 255)
    doc.setSelection(selection)
    page()
    QTest.qWait(500)
    compute.fields.selection.setChecked(True)
    compute.alike.click()
    until(lambda: state().like is not None and state().like.ids, "alike")
    until(lambda: not state().searching and state().found.assets, "found")
    until(lambda: compute.run.phase == "idle", "idle")
    QTest.qWait(300)
    told["alike"] = [state().found.assets[0].name, panel().tabs.currentIndex(),
                     assets().like.text(), assets().like.isVisible()]
    session.choose(state().found.assets[0].id)
    until(lambda: state().chosen is not None and assets().details.why.text(), "the reason")
    told["why"] = [assets().details.why.text(), assets().details.why.isVisible()]
    grab("alike.png")
    session.choose(None)
    assets().like.click()
    until(lambda: state().like is None and not state().searching, "all")
    until(lambda: state().found.total == 16 and not state().searching, "all of them")
    from audobon_krita.host import colours
    colours.paint_with(51, 102, 153)
    assets().search.setText("flower color:red")
    assets().color.click()
    told["color"] = [assets().search.text()]
    assets().search.setText("china")
    until(lambda: state().found.wanted.text == "china" and not state().searching, "china")
    session.choose(state().found.assets[0].id)
    until(lambda: assets().details.why.text().startswith("Found"), "the name")
    told["name"] = assets().details.why.text()
    panel().tabs.setCurrentIndex(0)
    QTest.qWait(200)
    grab("why.png")
    assets().search.setText("")
    until(lambda: state().found.total == 16 and not state().searching, "all again")
    session.choose(next(each.id for each in state().found.assets if each.name == "china.jpg"))
    until(lambda: state().chosen is not None and state().chosen.asset.name == "china.jpg", "it")
    page()
    QTest.qWait(200)
    page().tags.one.click()
    until(lambda: state().chosen.suggestions, "suggestions")
    QTest.qWait(300)
    found = [each.tag for each in state().chosen.suggestions]
    tag = found[0]
    grab("tags.png")
    for verdict in ("accept", "reject", "always", "never"):
        decide(verdict, tag)
        until(lambda: tag not in [each.tag for each in state().chosen.suggestions], verdict)
        told[verdict] = tags()
        session.undo()
        until(lambda: tag in [each.tag for each in state().chosen.suggestions], "undone")
        QTest.qWait(150)
    told["after"] = tags()
    session.choose(None)
    until(lambda: state().chosen is None, "none")
    until(page().tags.next.isEnabled, "a next one")
    page().tags.next.click()
    until(lambda: state().chosen is not None, "next")
    told["next"] = state().chosen.asset.name
    told["tags"] = found
    told["taught"] = teaching()
    leave_documents()
    return told
"""


def test_likeness_tags_and_a_model_that_is_fetched(
    krita_studio: Studio, engine: None, flower: Path, krita_folder: Path
) -> None:
    write_patterns(Path(f"{krita_folder} patterns"), 8)
    told = krita_studio(_ALIKE)
    assert told["needs"][0].startswith("Denoise needs waifu2x-denoise3 (33")
    assert told["needs"][1:] == [False, False]
    assert told["asked"][0]
    assert "fetched from public registries" in told["asked"][1]
    assert told["ready"] == [True, False]
    assert told["alike"] == ["flower.jpg", 0, f"✕ Similar to {told['alike'][2][13:]}", True]
    assert told["why"][0].startswith("Looks like ")
    assert "likeness 0." in told["why"][0]
    assert told["why"][1]
    assert told["color"] == ["flower color:#336699"]
    assert told["name"].startswith("Found by its name")
    tag = told["tags"][0]
    assert told["accept"] == told["always"] == [tag]
    assert told["reject"] == told["never"] == told["after"] == []
    assert told["next"] == "china.jpg"
    taught = told["taught"]
    assert taught["live"].startswith("Judged ")
    assert "F1 on unseen pictures: " in taught["first"]
    assert taught["pressed"] == [True, False], "what was marked wrongly is among the mistakes"
    assert taught["review"].startswith("Review ")
    assert int(taught["review"].partition(" ")[2]) >= 8
    assert "our stripes" in taught["suggested"]
    with audobon.Library.open(krita_folder) as library:
        assert library.tags.rules() == ()
        assert [head.used for head in library.heads("our stripes")] == [True, False]


_BARE = """
from krita_compute import *

def main():
    start(14)
    doc = new_document()
    doc.setActiveNode(doc.rootNode().childNodes()[0])
    compute = page()
    until(lambda: state().tools is not None or state().engine.state == "absent", "engine")
    QTest.qWait(400)
    told = {"engine": compute.engine.text.text(), "copy": compute.engine.copy.isVisible(),
            "wish": compute.getting.text.text(), "go": compute.go.isEnabled()}
    compute.engine.copy.click()
    from PyQt5.QtWidgets import QApplication
    told["commands"] = QApplication.clipboard().text()
    grab("engine.png")
    leave_documents()
    return told
"""


def test_without_an_engine_it_says_what_is_needed(krita_studio: Studio) -> None:
    told = krita_studio(_BARE)
    print(json.dumps(told, indent=1))
    assert told["copy"]
    assert "audobon worker --register" in told["commands"]
    assert "audobon[" in told["commands"]
