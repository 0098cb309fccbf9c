"""Snapshots taken, looked into and gone back to by clicks in a real Krita; bytes are compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import audobon

Studio = Callable[[str], Any]

_SNAPSHOTS = """
import os, shutil
def press(button):
    until(button.isEnabled, "the button " + button.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
def pick(where, text):
    [item] = [each for each in (where.item(row) for row in range(where.count()))
              if text in each.text()]
    where.setCurrentItem(item)
def answer(ask, text):
    until(ask.isVisible, "the question")
    [button] = [each for each in ask.buttons if each.text() == text]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
def pixel(doc):
    doc.refreshProjection()
    doc.waitForDone()
    blue, green, red = [one[0] if isinstance(one, bytes) else one
                        for one in bytes(doc.pixelData(1, 1, 1, 1))[:3]]
    return [red, green, blue]
def main():
    from audobon_krita.ui.backup import Backup
    start(14)
    told = {}
    page = panel().turn_to(Backup).snapshots
    docker().widget().resize(260, 620)
    until(lambda: "by itself yet" in page.schedule.text(), "the schedule")
    place = str(Path(FOLDER).parent / "disk")
    page.place.setEditText(place)
    press(page.take)
    until(lambda: page.list.count() == 1, "a snapshot")
    told["row"] = page.list.item(0).text()
    press(page.set)
    until(lambda: "The next one is due" in page.schedule.text(), "the schedule")
    told["schedule"] = page.schedule.text().replace("\\u200b", "")
    press(page.verify)
    until(lambda: page.verified.text().startswith("Every byte is sound"), "the look at every byte")
    pick(page.list, "14 files")
    until(page.browse.isEnabled, "that it is idle")
    until(lambda: not page.progress.isVisible(), "that nothing is done")
    tabs = panel().tabs
    room = tabs.width() - tabs.cornerWidget().width()
    told["width"] = [tabs.width(), tabs.tabBar().sizeHint().width() <= room]
    docker().widget().grab().save(str(Path(OUT) / "snapshots.png"))
    # A file that was written since, and is open: asked about, put back, and read again.
    moss = os.path.join(FOLDER, "moss.png")
    shutil.copyfile(os.path.join(FOLDER, "rock 11.png"), moss)
    doc = APP.openDocument(moss)
    doc.setBatchmode(True)
    APP.activeWindow().addView(doc)
    until(lambda: APP.activeDocument() is not None, "the document")
    told["before"] = pixel(APP.activeDocument())
    press(page.browse)
    until(lambda: page.files.list.count() == 14, "its files")
    QTest.keyClicks(page.files.search, "moss")
    until(lambda: page.files.list.count() == 1, "the one that was typed")
    page.files.list.setCurrentRow(0)
    press(page.files.restore)
    until(page.files.question.isVisible, "the question")
    told["asked"] = page.files.question.text.text()
    docker().widget().grab().save(str(Path(OUT) / "files.png"))
    told["kept"] = Path(moss).read_bytes() == Path(FOLDER, "rock 11.png").read_bytes()
    answer(page.files.question, "Put Back")
    until(lambda: "as it was then" in said(), "that it is back")
    until(lambda: pixel(APP.activeDocument()) != told["before"], "that it is read again")
    told["after"] = pixel(APP.activeDocument())
    leave_documents()
    press(page.files.back)
    until(lambda: page.stack.currentIndex() == 0, "the list")
    pick(page.list, "14 files")
    # All of it into a folder of its own, then the whole library as it was.
    until(page.all.isEnabled, "the button")
    page.copy_to(str(Path(FOLDER).parent / "copy"))
    until(lambda: "14 files written" in said(), "the copy")
    os.unlink(os.path.join(FOLDER, "rock 03.png"))
    pick(page.list, "14 files")
    press(page.back)
    answer(page.question, "Go Back")
    until(lambda: "as they were" in said(), "that everything is back")
    press(page.off)
    until(lambda: "by itself yet" in page.schedule.text(), "that it is off")
    return told
"""


def test_snapshots(krita_painter: Studio, krita_folder: Path, tmp_path: Path) -> None:
    old = {one.name: one.read_bytes() for one in krita_folder.iterdir() if one.is_file()}
    told = krita_painter(_SNAPSHOTS)
    assert "14 files" in told["row"]
    assert f"Every day, to {tmp_path / 'disk'}" in told["schedule"]
    width, fits = told["width"]
    assert width <= 280, "the docker is as narrow as that"
    assert fits, "no arrows beside the tabs"
    assert "moss.png is another one now" in told["asked"]
    assert told["kept"], "nothing is written before it was asked"
    assert told["before"] == [200, 110, 30]
    assert told["after"] == [10, 200, 30]
    copied = {one.name: one.read_bytes() for one in (tmp_path / "copy").rglob("*") if one.is_file()}
    assert copied == old
    now = {one.name: one.read_bytes() for one in krita_folder.iterdir() if one.is_file()}
    assert now == old
    with audobon.Library.open(krita_folder) as library:
        assert len(library.snapshots.list(str(tmp_path / "disk"))) == 1
        assert library.snapshots.schedule.to == ""
