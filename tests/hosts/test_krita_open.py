"""Open documents of a real Krita: locked, followed through views and windows, told of news."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.hosts

Studio = Callable[[str], Any]


_OPEN = """
from krita_past import *


def main():
    import audobon
    first = painting(1)
    version("base")
    told = {"path": first.fileName()}
    ident = state().document.asset.id
    news = panel().document.news
    until(lambda: ident in state().past.holding, "it is locked")
    other = audobon.Library.open(FOLDER, author="Ada <a@b>")
    told["lock"] = [(one.program, Path(one.path).name) for one in other.locks()]
    until(lambda: news.lines.isVisible(), "the line")
    told["line"] = news.lines.text()

    # A second document, and a second window with it.
    rock = str(Path(FOLDER) / "rock 03.png")
    second = APP.openDocument(rock)
    APP.activeWindow().addView(second)
    until(lambda: state().document and state().document.asset.name == "rock 03.png", "followed")
    until(lambda: len(state().past.holding) == 2, "both are locked")
    told["two"] = sorted(Path(one.path).name for one in other.locks())
    views = APP.activeWindow().views()
    window = APP.activeWindow()
    for view in views:
        if view.document() == first:
            window.showView(view)
            view.setVisible()
    until(lambda: state().document and state().document.asset.id == ident, "followed back")
    # What somebody else writes is told of the document that it is, and of no other.
    Path(rock).write_bytes((Path(FOLDER) / "moss.png").read_bytes())
    until(lambda: any(one.path == rock for one in state().past.linked), "it is noticed")
    panel().step()
    told["quiet"] = news.text.isVisible()
    for view in views:
        if view.document() == second:
            window.showView(view)
            view.setVisible()
    until(lambda: APP.activeDocument().fileName() == rock, "the second one")
    until(lambda: news.text.isVisible(), "it is told")
    told["news"], told["button"] = news.text.text(), news.again.text()
    grab("history-news.png")
    second.setModified(True)
    until(lambda: news.again.text() != told["button"], "the button says what it loses")
    told["dirty"] = news.again.text()
    second.setModified(False)
    press(news.again)
    until(lambda: pixel(2) == (30, 200, 10, 255), "loaded again")
    until(lambda: not news.text.isVisible(), "no news any more")
    told["size"] = [APP.activeDocument().width(), APP.activeDocument().height()]
    Path(rock).write_bytes((Path(FOLDER) / "rock 04.png").read_bytes())
    until(lambda: news.text.isVisible(), "told again")
    press(news.keep)
    until(lambda: not news.text.isVisible(), "kept")
    told["kept"] = pixel(2)

    # Closed: let go of. Another's lock on what is open then is told.
    second = APP.activeDocument()  # the one that was loaded again
    second.setModified(False)
    second.close()
    until(lambda: len(other.locks()) == 1, "one is let go of")
    first.setModified(False)
    first.close()
    until(lambda: not other.locks(), "both are let go of")
    other.lock(ident, program="Blender")
    again = APP.openDocument(told["path"])
    APP.activeWindow().addView(again)
    until(lambda: state().document and state().document.asset.id == ident, "open again")
    until(lambda: news.lines.text().startswith("Open on"), "it is open elsewhere")
    told["elsewhere"] = news.lines.text()
    told["holding"] = sorted(state().past.holding)
    # What Krita itself saves is no news.
    fill(again, ink(), GREEN)
    saved(again)
    QTest.qWait(2500)
    told["own"] = news.text.isVisible()

    # Another window: its docker follows the document in it.
    here = APP.activeWindow().qwindow()
    window = APP.openWindow()
    window.qwindow().show()
    third = APP.openDocument(str(Path(FOLDER) / "rock 05.png"))
    window.addView(third)
    name = lambda: state().document and state().document.asset.name
    told["windows"] = []
    for each, wanted in ((window.qwindow(), "rock 05.png"), (here, Path(told["path"]).name)):
        # No window manager is here to give the focus to a window that is asked for.
        until(lambda: each.activateWindow() or each.isActiveWindow(), "the window")
        until(lambda: name() == wanted, "followed into the window")
        told["windows"].append(name())
    other.close()
    leave_documents()
    return told
"""


def test_open_documents_are_locked_and_followed(krita_painter: Studio) -> None:
    told = krita_painter(_OPEN)
    name = Path(told["path"]).name
    assert told["lock"] == [["Krita", name]]
    assert told["line"] == "Others see that it is open here"
    assert told["two"] == sorted([name, "rock 03.png"])
    assert told["quiet"] is False
    assert told["news"] == "rock 03 is another one on the disk now."
    assert (told["button"], told["dirty"]) == ("Load Again", "Load Again, Lose Unsaved")
    assert told["size"] == [16, 8]
    assert told["kept"] == [30, 200, 10, 255]
    assert told["elsewhere"].endswith("(Ada, Blender)")
    assert told["holding"] == []
    assert told["own"] is False
    assert told["windows"] == ["rock 05.png", name]
