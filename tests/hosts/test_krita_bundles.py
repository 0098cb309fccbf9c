"""Maps in several sizes, versions, tags as a file and rooms of caches, in the real Krita."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

_JOB = """
from krita_hands import *
from krita_look_job import photograph, width

def names():
    return sorted(each.name for each in assets().grid.model().pages.rows)

def box():
    return assets().bundle

def title():
    return box().title.text().replace(chr(0x200b), "")

def chosen_is(name):
    one = state().chosen
    return one is not None and one.complete and one.asset.name == name

def choose_row(name):
    (asset,) = rows(name)
    panel().app.session.choose(asset.id)
    until(lambda: chosen_is(name) and box().isVisible() and name[:4] in title(), name)
    return asset

def main():
    from audobon_krita.ui.health import Health
    docker().show()
    docker().raise_()
    until(lambda: panel().app.session is not None, "the session")
    panel().app.create(FOLDER)
    until(lambda: {"chair_v1.png", "chair_v2.png"} <= set(names()), "assets")
    assets().bundled.click()
    until(lambda: "chair_v1.png" not in names(), "as one at first")
    told = {"one": [name for name in names() if name[:4] in ("Rock", "chai")]}
    rock = choose_row("Rock_2K_Color.png")
    told["title"] = title()
    box().size.refill()
    told["sizes"] = [box().size.itemText(n) for n in range(box().size.count())]
    box().fill_menu()
    told["files"] = [action.text() for action in box().menu.actions()]
    doc = new_document(64, 64)
    for size in (None, "1k"):
        box().size.choose(size)
        assets().use("layer", [rock])
        until(lambda: len(layers(doc)) == (3 if size else 2), "a layer")
    told["layers"] = sorted(layers(doc)[-2:])
    (small,) = [node for node in doc.rootNode().childNodes() if node.name() == "Rock_1K_Color"]
    told["pixel"] = pixel(small, 32, 32)
    width(260, 760)
    photograph("bundle-260.png")
    box().menu.actions()[-1].trigger()
    until(lambda: chosen_is("Rock_2K_NormalGL.png"), "a part is chosen")
    assets().bundled.click()
    until(lambda: "chair_v1.png" in names(), "all files")
    assets().bundled.click()
    until(lambda: "chair_v1.png" not in names(), "as one")
    choose_row("chair_v2.png")
    until(lambda: not box().size.isVisible(), "no sizes")
    told["versions"] = [title(), box().size.isVisible()]
    box().apart.click()
    until(lambda: "chair_v1.png" in names(), "apart")
    panel().app.session.undo()
    until(lambda: "chair_v1.png" not in names(), "together again")
    session = panel().app.session
    session.edit(rock.id, add_tags=["stone"], rating=4)
    until(lambda: any(tag == "stone" for tag, _ in state().tags), "a tag")
    file = str(Path(OUT) / "tags.json")
    session.export_tags(file)
    until(lambda: state().notice is not None and "written" in state().notice.text, "written")
    session.edit(rock.id, remove_tags=["stone"], rating=0)
    session.import_tags(file)
    until(lambda: "marked" in state().notice.text, "taken")
    told["taken"] = state().notice.text
    session.check()
    until(lambda: state().health is not None and state().caches, "health")
    page = panel().turn_to(Health)
    menu = QtWidgets.QMenu(page)
    page.fill_rooms(menu, "previews")
    told["rooms"] = [action.text() for action in menu.actions()]
    menu.actions()[1].trigger()
    until(lambda: state().caches[0].budget == 500_000_000, "its room")
    return done(told)
"""


def test_a_material_comes_in_the_size_that_is_chosen(
    krita_studio: Callable[[str], Any], krita_folder: Path
) -> None:
    for number, size in enumerate(("1K", "2K"), 1):
        for add, role in enumerate(("Color", "NormalGL")):
            path = krita_folder / f"Rock_{size}" / f"Rock_{size}_{role}.png"
            write_png(path, 64, 64, color=(40 * number, 90 * add, 30))
    for number in (1, 2):
        write_png(krita_folder / f"chair_v{number}.png", 20 + number, 9)
    told = krita_studio(_JOB)
    assert told["one"] == ["Rock_2K_Color.png", "chair_v2.png"]
    assert told["title"] == "Material Rock: 4 files, 1k to 2k"
    assert told["sizes"] == ["As chosen", "1k", "2k"]
    assert told["files"][0] == "Color 1k PNG: Rock_1K_Color.png"
    assert len(told["files"]) == 4
    assert told["layers"] == ["Rock_1K_Color", "Rock_2K_Color"]
    assert told["pixel"] == [30, 0, 40, 255], "blue, green, red of the small one"
    assert told["versions"] == ["Versions chair: 2 files", False]
    assert told["taken"] == "1 asset marked"
    assert "500 MB" in told["rooms"]
    with audobon.Library.open(krita_folder) as library:
        rock = library.get("Rock_2K/Rock_2K_Color.png")
        assert (rock.tags, rock.rating) == (("stone",), 4)
