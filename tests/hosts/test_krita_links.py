"""Where an asset is used, what is out of date and missing: in the docker of the real Krita."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

_FOLLOWED = """
from audobon_krita.logic import linked as logic


def linked():
    return assets().details.linked


def lines():
    return [linked().item(at).text().strip() for at in range(linked().count())]


def look(name):
    assets().search.setText('name:"%s"' % name)
    until(lambda: [a.name for a in state().found.assets] == [name], name)
    ident = state().found.assets[0].id
    panel().app.session.choose(ident)
    until(lambda: state().linked is not None and state().linked.ident == ident, "links")
    # The list shows the state of a moment before, until the docker's timer looks again.
    until(lambda: linked()._shown == logic.lines(state()), "the list of it")
    until(lambda: linked().isVisible(), "the list")


def at_line(start):
    at = next(n for n, text in enumerate(lines()) if text.startswith(start))
    linked().scrollToItem(linked().item(at))
    place = linked().visualItemRect(linked().item(at)).center()
    none = Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(linked().viewport(), Qt.MouseButton.LeftButton, none, place)


def main():
    start(17)
    told = {}
    # A painting that Krita itself writes, with a file layer of an old version and one that is lost.
    doc = new_document()
    for name in ("cloth_v01.png", "lost.png"):
        layer = doc.createFileLayer(name, str(Path(FOLDER) / name), "None")
        doc.rootNode().addChildNode(layer, None)
    doc.waitForDone()
    doc.setBatchmode(True)
    doc.saveAs(str(Path(FOLDER) / "poster.kra"))
    doc.waitForDone()
    panel().app.add(FOLDER)
    until(lambda: state().found.total == 18, "the painting")
    (Path(FOLDER) / "lost.png").unlink()
    panel().app.add(FOLDER)
    docker().setFloating(True)
    docker().resize(260, 700)
    look("poster.kra")
    until(lambda: any("missing" in line for line in lines()), "what is missing")
    told["uses"] = lines()
    QTest.qWait(300)
    docker().grab().save(str(Path(OUT) / "krita-uses.png"))
    at_line("↻ cloth_v01.png")
    until(lambda: state().chosen.asset.name == "cloth_v02.png", "the newer one")
    until(lambda: lines() and lines()[0].startswith("Used by"), "who uses it")
    told["used"] = lines()
    QTest.qWait(300)
    docker().grab().save(str(Path(OUT) / "krita-used-by.png"))
    assets().search.clear()
    look("cloth_v01.png")
    at_line("Used by")
    until(lambda: [a.name for a in state().found.assets] == ["poster.kra"], "all of them")
    told["query"] = assets().search.text()
    told |= removed("cloth_v01.png")
    leave_documents()
    return told


def removed(name):
    # It is asked before it goes, and once more because it is used.
    told = {}
    left, grid = Qt.MouseButton.LeftButton, assets().grid
    assets().search.setText('name:"%s"' % name)
    until(lambda: [a.name for a in state().found.assets] == [name], name)
    ident = state().found.assets[0].id
    until(lambda: [a.id for a in grid.model().pages.rows] == [ident], "the row")
    click(name)
    until(lambda: panel().app.session.selection.ids == (ident,), "the selection")
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    question = assets().removing
    until(question.isVisible, "the question")
    told["asked"] = question.text.text()
    QTest.mouseClick(question.buttons[0], left)
    until(lambda: question.isVisible() and "used" in question.text.text(), "who uses it")
    told["in use"] = question.text.text()
    QTest.qWait(300)
    docker().grab().save(str(Path(OUT) / "krita-removing.png"))
    QTest.mouseClick(question.buttons[1], left)  # Cancel
    told["still"] = state().found.total
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    until(question.isVisible, "the question")
    QTest.mouseClick(question.buttons[0], left)
    until(lambda: question.isVisible() and "used" in question.text.text(), "who uses it")
    QTest.mouseClick(question.buttons[0], left)
    until(lambda: state().found.total == 0, "that it is gone")
    until(lambda: state().doing is None, "the end of it")
    panel()._undo()
    until(lambda: state().found.total == 1, "that it is back")
    told |= purged("moss.png")
    # Text in pictures is read from the page Compute, which says what that lacks here.
    from audobon_krita.ui.compute import Compute
    texts = panel().turn_to(Compute).texts
    until(lambda: state().tools is not None and texts.getting.text.text(), "what it lacks")
    told["texts"] = [texts.one.isEnabled(), texts.all.isEnabled(), texts.getting.text.text()]
    return told


def purged(name):
    # For good: the plan first, then its name is typed, then the proof.
    told = {}
    left, grid, page = Qt.MouseButton.LeftButton, assets().grid, assets().for_good
    assets().search.setText('name:"%s"' % name)
    until(lambda: [a.name for a in state().found.assets] == [name], name)
    ident = state().found.assets[0].id
    until(lambda: [a.id for a in grid.model().pages.rows] == [ident], "the row")
    click(name)
    until(lambda: panel().app.session.selection.ids == (ident,), "the selection")
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    question = assets().removing
    until(question.isVisible, "the question")
    QTest.mouseClick(question.buttons[1], left)
    until(lambda: page.isVisible() and page.typed.isVisible(), "the plan")
    until(lambda: state().transfer is None, "the end of looking")
    told["planned"] = [page.title.text(), page.ask.text(), page.lines.toPlainText()]
    QTest.keyClicks(page.typed, name[:-1])
    told["typed half"] = page.remove.isEnabled()
    QTest.qWait(300)
    docker().grab().save(str(Path(OUT) / "krita-for-good.png"))
    QTest.keyClicks(page.typed, name[-1])
    until(page.remove.isEnabled, "that it may be done")
    QTest.mouseClick(page.remove, left)
    until(lambda: state().purging.done is not None, "the end of it", 240)
    until(lambda: page.title.text().endswith("gone."), "that it is shown")
    told["proof"] = [page.title.text(), page.lines.toPlainText()]
    until(lambda: state().found.total == 0, "that it is off the list")
    QTest.qWait(300)
    docker().grab().save(str(Path(OUT) / "krita-gone-for-good.png"))
    until(page.leave.isEnabled, "the button")
    QTest.mouseClick(page.leave, left)
    until(lambda: not page.isVisible() and state().purging.done is None, "that it is closed")
    return told
"""


def test_where_an_asset_is_used_and_what_is_out_of_date(
    krita_studio: Callable[[str], Any], krita_folder: Path
) -> None:
    for number in (1, 2):
        write_png(krita_folder / f"cloth_v0{number}.png", 30 + number, 32, color=(90, 50, 120))
    write_png(krita_folder / "lost.png", 16, 16)
    told = krita_studio(_FOLLOWED)
    assert told["uses"] == [
        "Uses 2 files: 1 missing, 1 older",
        "✗ lost.png: missing",
        "↻ cloth_v01.png: newer is cloth_v02.png",
    ]
    assert told["used"] == [
        "Used by 1 painting, 1 out of date",
        "↻ poster.kra: uses cloth_v01.png",
    ]
    assert told["asked"].startswith("Take this asset out of the library? Its file stays, ")
    assert told["in use"].endswith(" is used by poster.kra. Remove it all the same?"), told
    assert told["still"] == 1
    title, ask, lines = told["planned"]
    assert title == "1 asset would go for good."
    assert ask.startswith("Type moss.png to remove it for good.")
    assert lines.startswith("✗ Studio/moss.png\n✗ 1 file, ")
    assert "⚠ Not reached: backups" in lines
    assert not told["typed half"]
    title, lines = told["proof"]
    assert title == "All of it is gone."
    assert "nothing of it is found" in lines
    assert not (krita_folder / "moss.png").exists()
    assert told["texts"][:2] == [False, False], "nothing is installed here that could read"
    assert told["texts"][2]
    with audobon.Library.open(krita_folder) as library:
        assert told["query"] == f"uses:{library.get('cloth_v01.png').id}"
        uses = library.links("poster.kra").uses
    assert {os.path.basename(each.file) for each in uses} == {"cloth_v01.png", "lost.png"}
