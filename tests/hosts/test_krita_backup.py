"""Snapshots and remotes, used by clicks in a real Krita; what lies on the disk is compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import audobon

Studio = Callable[[str], Any]

_HANDS = """
import os, shutil, time
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
"""

_SNAPSHOTS = """
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

_REMOTES = """
KEY = "correct horse battery staple"
def idle():
    until(lambda: state().transfer is None and state().doing is None, "that nothing is done")
def add(page, name, url, passphrase=""):
    idle()
    press(page.add)
    QTest.keyClicks(page.form.url, url)
    told = page.form.name.text()
    page.form.name.clear()
    QTest.keyClicks(page.form.name, name)
    page.form.encrypt.setChecked(bool(passphrase))
    QTest.keyClicks(page.form.first, passphrase)
    QTest.keyClicks(page.form.again, passphrase)
    press(page.form.add)
    return told
def main():
    import audobon
    from audobon_krita.ui.backup import Backup
    start(14)
    told, home = {}, Path(FOLDER).parent
    nas, bob, sealed = home / "nas", home / "bob", home / "sealed"
    session = panel().app.session
    session.do("commit", lambda library, report: library.commit("first") and "committed")
    until(lambda: said() == "committed", "a version")
    backup = panel().turn_to(Backup)
    docker().widget().resize(260, 640)
    page = backup.remotes
    backup.tabs.setCurrentWidget(page)
    until(lambda: "No remote yet" in page.nothing.text(), "that there is none")
    # Nothing is added without an address; the name is proposed.
    press(page.add)
    press(page.form.add)
    told["fault"] = said()
    press(page.add)
    told["name"] = add(page, "nas", str(nas))
    until(lambda: page.list.count() == 1, "the remote")
    until(lambda: page.picked() is not None, "that it is picked")
    told["new"] = page.list.item(0).text()
    idle()
    press(page.estimate)
    until(lambda: "Would send 1 version, 14 files" in page.about.text(), "how much it is")
    told["sent before"] = sum(one.stat().st_size for one in nas.rglob("*") if one.is_file())
    idle()
    press(page.push)
    until(lambda: "the same as last seen" in page.list.item(0).text(), "the push")
    idle()
    docker().widget().grab().save(str(Path(OUT) / "remotes.png"))
    # Somebody else has changed a note: a pull brings it.
    with audobon.Library.clone(str(nas), bob, author="Bob <bob@x>") as other:
        other.fetch(["note.txt"])
        (bob / "note.txt").write_text("Bob's words")
        other.commit("Bob's")
        other.push("origin")
    press(page.pull)
    until(lambda: Path(FOLDER, "note.txt").read_text() == "Bob's words", "what came")
    idle()
    # What takes its time is shown, and can be stopped.
    def waits(library, report):
        from audobon.errors import Cancelled
        while not report.cancelled():
            report.progress(1, 2, "half of it")
            time.sleep(0.02)
        raise Cancelled("stopped")
    session.transfer("Waiting", waits)
    until(lambda: page.progress.isVisible() and page.progress.bar.value() == 500, "how far it is")
    QTest.mouseClick(page.progress.stop, Qt.MouseButton.LeftButton)
    until(lambda: said() == "Waiting: cancelled", "that it is stopped")
    until(lambda: not page.progress.isVisible(), "that it is shown no more")
    # An encrypted one: its recovery key is shown once, and is in no state.
    add(page, "vault", str(sealed), KEY)
    until(page.key.isVisible, "a vault", 300)
    told["key"] = page.key.key.toPlainText()
    told["secret"] = [one in repr(state()) for one in (told["key"], KEY)]
    docker().widget().grab().save(str(Path(OUT) / "key.png"))
    press(page.key.kept)
    told["hidden"] = [page.key.isVisible(), page.key.key.toPlainText()]
    until(lambda: page.list.count() == 2, "the new one in the list")
    pick(page.list, "vault")
    until(lambda: "Encrypted, open" in page.about.text(), "that it is open")
    idle()
    press(page.push)
    until(lambda: "the same as last seen" in page.list.item(1).text(), "the push", 300)
    idle()
    # Who opens it: one passphrase more, other keys, all of it written again, locked and opened.
    keys = backup.keys
    backup.tabs.setCurrentWidget(keys)
    def typed(button, passphrase, name=""):
        press(button)
        QTest.keyClicks(keys.form.name, name)
        for field in (keys.form.first, keys.form.again):
            QTest.keyClicks(field, passphrase)
        press(keys.form.give)
    until(lambda: keys.list.count() == 1 and keys.add.isVisible(), "the encrypted place", 300)
    told["keys"] = keys.about.text().replace("\u200b", "").splitlines()[1:3]
    typed(keys.add, KEY + " too", "first")
    told["named"] = said()
    hidden = keys.form.first.displayText() != keys.form.first.text()
    keys.form.name.clear()
    QTest.keyClicks(keys.form.name, "Bea")
    press(keys.form.give)
    told["typed"] = [hidden, keys.form.first.text() + keys.form.again.text()]
    until(lambda: keys.names.count() == 2, "one more", 300)
    typed(keys.renew, KEY + " again")
    until(keys.key.isVisible, "new keys", 300)
    until(keys.rotate.isVisible, "that it is to be written again", 300)
    until(lambda: keys.names.count() == 1, "that the others ended")
    told["renewed"] = keys.key.key.toPlainText()
    docker().widget().grab().save(str(Path(OUT) / "keys.png"))
    press(keys.key.kept)
    press(keys.rotate)
    until(lambda: not keys.rotate.isVisible(), "that it is written", 300)
    press(keys.forget)
    answer(keys.question, "Lock")
    until(keys.locked.isVisible, "that it is locked", 300)
    QTest.keyClicks(keys.locked.field, told["renewed"])
    keys.by_recovery.setChecked(True)
    press(keys.locked.give)
    until(keys.opened.isVisible, "that it is open", 300)
    told["secret"] += [one in repr(state()) for one in (told["renewed"], KEY)]
    told["left"] = keys.key.key.toPlainText() + keys.locked.field.text()
    backup.tabs.setCurrentWidget(page)
    idle()
    press(page.remove)
    answer(page.question, "Forget")
    until(lambda: page.list.count() == 1, "that it is forgotten")
    # In a clone files come when they are asked for, one or all.
    panel().app.open(str(bob))
    until(lambda: state().phase == "open" and state().path == str(bob), "the clone")
    until(lambda: state().found.total == 14, "its assets")
    [moss] = [one.id for one in state().found.assets if one.name == "moss.png"]
    session.selection.select(moss, "only")
    until(lambda: state().selection.here == {moss}, "one selected")
    until(lambda: "13 files are only at a remote" in page.away.text(), "how many are away")
    press(page.fetch)
    until(lambda: (bob / "moss.png").exists(), "the one")
    until(lambda: "12 files are only at a remote" in page.away.text(), "how many are away")
    idle()
    told["before"] = sorted(one.name for one in bob.iterdir() if one.is_file())
    # What is used is fetched first.
    [rock] = [one for one in state().found.assets if one.name == "rock 05.png"]
    assert rock.state == "remote", rock
    assets().use("open", [rock])
    until(lambda: APP.activeDocument() is not None, "the picture as a document")
    told["used"] = pixel(APP.activeDocument())
    leave_documents()
    idle()
    # What somebody begins to drag, too; no drag of the system begins, which would wait for a mouse.
    [oak] = [one for one in state().found.assets if one.name == "rock 06.png"]
    assert oak.state == "remote", oak
    assets().grid.selected = lambda most=None: [oak]
    assets().grid.startDrag(Qt.DropAction.CopyAction)
    until(lambda: (bob / "rock 06.png").exists(), "what is dragged")
    until(lambda: "1 file fetched" in said(), "that it can be dragged")
    del assets().grid.selected
    idle()
    press(page.fetch_all)
    until(lambda: not page.away.isVisible(), "all of them")
    idle()
    # A library that is encrypted itself: made, and opened by its passphrase in another start.
    from audobon.services.places import sealing
    home, itself = Path(FOLDER).parent / "Encrypted", panel().encrypted
    home.mkdir()
    (home / "plan.txt").write_text("a plan")
    panel().app.leave()
    until(lambda: state().phase == "closed", "no library")
    itself.ask(str(home))
    for field in (itself.form.first, itself.form.again):
        QTest.keyClicks(field, KEY)
    press(itself.form.give)
    until(panel().key.isVisible, "an encrypted library", 300)
    told["home"] = panel().key.key.toPlainText()
    until(lambda: state().found.total == 1, "its asset", 300)
    docker().widget().grab().save(str(Path(OUT) / "encrypted.png"))
    press(panel().key.kept)
    panel().app.leave()
    sealing._open_keys.clear()
    panel().app.open(str(home))
    until(itself.locked.isVisible, "that it is locked", 300)
    docker().widget().grab().save(str(Path(OUT) / "locked.png"))
    QTest.keyClicks(itself.secret.field, KEY)
    press(itself.secret.give)
    until(lambda: state().phase == "open" and state().found.total == 1, "that it is open", 300)
    told["secret"] += [one in repr(state()) for one in (told["home"], KEY)]
    told["left"] += panel().key.key.toPlainText() + itself.secret.field.text()
    return told
"""


def test_snapshots(krita_painter: Studio, krita_folder: Path, tmp_path: Path) -> None:
    old = {one.name: one.read_bytes() for one in krita_folder.iterdir() if one.is_file()}
    told = krita_painter(_HANDS + _SNAPSHOTS)
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


def test_remotes(krita_painter: Studio, krita_folder: Path, tmp_path: Path) -> None:
    old = {one.name: one.read_bytes() for one in krita_folder.iterdir() if one.is_file()}
    told = krita_painter(_HANDS + _REMOTES)
    assert told["fault"].startswith("Say where it is")
    assert told["name"] == "nas"
    assert told["new"] == "nas\nmain was never pushed there"
    assert told["before"] == ["moss.png", "note.txt"]
    assert told["used"] == [200, 50, 30]
    bob, sealed = tmp_path / "bob", tmp_path / "sealed"
    for folder in (krita_folder, bob):
        now = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}
        assert now == {**old, "note.txt": b"Bob's words"}
    there = [one.read_bytes() for one in sealed.rglob("*") if one.is_file()]
    assert len(told["key"].replace("-", " ").split()) == 8
    assert told["secret"] == [False] * 6
    assert told["keys"] == ["Remote, open.", "Opened by 1 passphrase: first."]
    assert told["named"].startswith("There is a passphrase first already")
    assert told["typed"] == [True, ""], "shown by nobody, and kept by no field"
    assert len(told["renewed"]) == len(told["key"])
    assert told["renewed"] != told["key"]
    assert told["left"] == ""
    assert told["hidden"] == [False, ""]
    assert len(there) > 3
    assert not any(b"Bob's words" in data or b"moss" in data for data in there)
