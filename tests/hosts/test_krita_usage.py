"""What others change on disk appears in a real Krita's docker, and what is used is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.system.locks import is_held

pytestmark = pytest.mark.hosts

_SCRIPT = """
import os, shutil
from krita_studio import *
from krita_watching import health, named
os.environ["AUDOBON_WATCH"] = os.environ["AUDOBON_METRICS"] = "on"

def main():
    try:
        return work()
    finally:
        leave_documents()

def there(name):
    return any(each.name == name for each in assets().grid.model().pages.rows)

def work():
    told = {}
    start(14)
    until(lambda: state().watch is not None and state().watch.state == "watching", "watching")
    told["process"] = state().watch.pid != os.getpid()
    shutil.copy(FOLDER + "/moss.png", FOLDER + "/fern.png")  # as another program does
    until(lambda: state().found.total == 15 and there("fern.png"), "a new file")
    fern = named("fern.png").id
    os.rename(FOLDER + "/fern.png", FOLDER + "/reed.png")
    until(lambda: there("reed.png"), "a renamed file")
    told["same"] = named("reed.png").id == fern
    doc = new_document()
    for _ in range(2):  # the second time Krita keeps what was there as painting.kra~
        assert doc.saveAs(FOLDER + "/painting.kra") if not doc.fileName() else doc.save()
        doc.waitForDone()
        until(lambda: there("painting.kra"), "the painting")
    until(lambda: state().document is not None, "the painting is the document")
    told["backups"] = [name for name in os.listdir(FOLDER) if name.endswith("~")]
    shutil.copy(FOLDER + "/painting.kra", FOLDER + "/painting.kra~")
    shutil.copy(FOLDER + "/painting.kra", FOLDER + "/painting~000.kra")
    assets().use("layer", [named("moss.png")])
    assets().use("layer", [named("moss.png")])
    assets().use("open", [named("rock 03.png")])
    until(lambda: state().document is not None and state().document.asset.name == "rock 03.png",
          "an opened picture")
    until(lambda: state().doing is None, "what is being done")
    shutil.copy(FOLDER + "/moss.png", FOLDER + "/last.png")
    until(lambda: there("last.png"), "the last file")
    told["names"] = sorted(each.name for each in assets().grid.model().pages.rows)
    page = health()
    docker().setFloating(True)
    docker().resize(260, 760)
    until(lambda: docker().width() == 260, "a narrow docker")
    used = page.used
    until(lambda: used.watch.text(), "a sentence about watching")
    told["watched"] = used.watch.text().replace("\\u200b", "")
    QTest.mouseClick(used.count, Qt.MouseButton.LeftButton)
    until(lambda: state().usage is not None and state().usage.assets, "counted uses")
    usage = state().usage
    told["assets"] = {row.name: row.count for row in usage.assets}
    told["hosts"] = {row.name: row.count for row in usage.hosts}
    told["months"] = [row.count for row in usage.months]
    QTest.qWait(200)
    page.ensureWidgetVisible(used)
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    QTest.qWait(300)
    panel().grab().save(OUT + "/usage.png")
    from audobon_krita.ui.usage import BarRow
    bars = [(bar.bar.label, bar.bar.count) for bar in used.findChildren(BarRow) if bar.isVisible()]
    told["bars"] = bars
    QTest.mouseClick(used.note, Qt.MouseButton.LeftButton)
    until(lambda: not state().usage.on, "uses are off")
    used.forget_now()
    until(lambda: not state().usage.months, "uses are forgotten")
    QTest.mouseClick(used.switch, Qt.MouseButton.LeftButton)
    until(lambda: state().watch.state == "off", "watching is off")
    until(lambda: used.switch.text() == "Watch", "the switch")
    QTest.mouseClick(used.switch, Qt.MouseButton.LeftButton)
    until(lambda: state().watch.state == "watching", "watching is on")
    told |= measured(page)
    return told

def measured(page):
    session = panel().app.session
    session.do("fail", lambda library, _report: library.search("width:oak") and None)
    QTest.mouseClick(page.check, Qt.MouseButton.LeftButton)
    until(lambda: state().metrics is not None, "a check")
    parts = page.sections
    def texts(name):
        labels = parts[name].findChildren(QtWidgets.QLabel)
        return [each.text().replace("\\u200b", "") for each in labels if each.isVisible()]
    until(lambda: len(texts("faults")) > 2 and len(texts("slow")) > 1, "what was measured")
    told = {"faults": texts("faults"), "slow": texts("slow")}
    page.verticalScrollBar().setValue(parts["faults"].y())
    QTest.qWait(300)
    panel().grab().save(OUT + "/measured.png")
    from audobon_krita.host import opened
    shown, opened.show_page = [], lambda path: shown.append(path)  # no browser is there
    QTest.mouseClick(page.page, Qt.MouseButton.LeftButton)
    until(lambda: shown, "the page")
    with open(shown[0], encoding="utf-8") as file:
        text = file.read()
    return told | {"page": ["Response times" in text, "The doctor" in text]}
"""


def test_changes_on_disk_and_uses(krita_painter: Callable[[str], Any], krita_folder: Path) -> None:
    told = krita_painter(_SCRIPT)
    assert told["process"], "the folders are watched beside Krita, not in it"
    assert told["same"], "a renamed file is the asset it was"
    assert told["names"] == sorted(
        [
            *(f"rock {number:02}.png" for number in range(12)),
            *("moss.png", "reed.png", "last.png", "note.txt", "painting.kra"),
        ]
    )
    assert told["watched"].startswith("1 folder is watched")
    # Placed twice, saved and opened once each.
    assert told["assets"]["moss.png"] == 2
    assert told["assets"]["rock 03.png"] == 1
    assert told["assets"]["painting.kra"] in (1, 2)
    assert list(told["hosts"]) == ["krita"]
    assert told["months"] == [sum(told["hosts"].values())]
    assert ["moss.png", 2] in told["bars"]
    assert ["Krita", told["hosts"]["krita"]] in told["bars"]
    assert "Search: query (" in " ".join(told["faults"])
    assert "Mend the query at that place." in " ".join(told["faults"])
    assert " in " in " ".join(told["slow"])
    assert told["page"] == [True, True]
    with audobon.Library.open(krita_folder) as library:
        assert not library.usage_on
        assert library.usage() == ()
        assert not is_held(library.state_path / "lock" / "watch.lock"), "it ended with Krita"
