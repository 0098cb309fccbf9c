"""What goes wrong under the docker of a real Krita: a sentence each time, and Krita goes on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disks import disks, failing, share, small_library  # noqa: F401  # fixtures

from audobon.errors import Corrupt
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

Run = Callable[[str, dict[str, Any]], Any]

_DISKS = """
def work(told, watching):
    begin()
    panel().app.open(PLACES["corrupt"])
    until(lambda: state().notice is not None and not state().searching, "the corrupt catalog")
    problem = state().notice.problem
    told["corrupt"] = [problem.message, problem.code]
    until(lambda: problem.hint and problem.hint[1:] in said(), "it is said")

    opened(PLACES["locked"])
    page = health()
    until(lambda: page.read_only.text(), "why it is read only")
    told["read only"] = page.read_only.text().replace("\\u200b", "")
    grab("read-only.png")
    panel().turn_to(type(assets()))
    assets()._rate(3, first().id)
    until(lambda: "reading only" in said(), "why it is not rated")
    new_document()
    until(lambda: not panel().document.isVisible(), "nothing can be saved there")

    opened(PLACES["full"])
    filler = Path(PLACES["full"], "filler.bin")
    with open(filler, "wb", buffering=0) as stream:
        try:
            while stream.write(bytes(4096)):
                pass
        except OSError:
            pass
    def refused():
        return state().notice is not None and state().notice.problem is not None
    for number in range(200):  # until what the disk had left for the catalog is full too
        if refused():
            break
        assets()._rate(1 + number % 5, first().id)
        until(lambda: state().doing is None, "rated or refused")
        QTest.qWait(50)
    until(refused, "the full disk")
    told["full"] = [state().notice.problem.message, said()]
    # Krita's own writing fails as well: the document stays as it is, and so does the folder.
    QTest.mouseClick(panel().document.keep, Qt.LeftButton)
    QTest.qWait(200)
    told["unsaved"] = [said(), APP.activeDocument().fileName(), os.listdir(PLACES["full"])]
    filler.unlink()
    until(lambda: state().doing is None, "nothing is done")
    ident = first().id
    panel().app.session.choose(ident)
    assets()._rate(5, ident)
    until(lambda: state().chosen is not None and state().chosen.asset.rating == 5, "it is rated")

    opened(PLACES["share"])
    known = len(APP.activeDocument().rootNode().childNodes())
    os.kill(PLACES["server"], signal.SIGSTOP)
    try:
        until(lambda: state().waits is not None, "the share is silent")
        QTest.qWait(200)
        told["silent"] = said()
        assets().use("layer", [first()])
        told["use"] = said()
        panel().document.save_as_asset()
        told["save"] = said()
        health()
        QTest.mouseClick(health().show_log, Qt.LeftButton)
        until(lambda: health().log is not None, "the log")
        told["log"] = health().log.text.toPlainText()
        health().log.close()
        panel().turn_to(type(assets()))
        told["layers"] = len(APP.activeDocument().rootNode().childNodes()) - known
        began = time.monotonic()
        panel().app.leave()
        until(lambda: state().phase == "closed", "it is left")
        told["left"] = time.monotonic() - began
    finally:
        os.kill(PLACES["server"], signal.SIGCONT)  # or nothing that waits for it could be ended
    opened(PLACES["share"])
    os.kill(PLACES["server"], signal.SIGKILL)
    until(lambda: state().phase == "closed", "the share is gone")
    QTest.qWait(200)
    told["gone"] = said()
    told["welcome"] = panel().stack.currentIndex()
    grab("gone.png")
"""

_PEOPLE = """
def work(told, watching):
    begin()
    told["none"] = [APP.activeDocument() is None, panel().document.isVisible()]
    opened(PLACES["plain"], 4)
    panel().document.new_version()
    told["no document"] = said()
    assets().use("layer", [first()])
    QTest.qWait(200)
    told["opened"] = APP.activeDocument() is not None  # without a document it is opened
    leave_documents()

    # The same library on the command line, at the same time.
    panel().app.session.choose(named("oak 0.png").id)
    until(lambda: state().chosen is not None and state().chosen.complete, "chosen")
    from audobon_krita.logic import many
    other = subprocess.Popen(PLACES["other"], env=PLACES["environment"])
    many.tag(panel().app.session, "first", state().chosen.asset.id)
    until(lambda: set(state().chosen.asset.tags) == {"first", "second"}, "both tags")
    until(lambda: other.poll() is not None, "the other has ended")
    told["other"] = other.returncode

    # A second window has a docker of its own over the same session; it goes with its window.
    from PyQt5.QtWidgets import QDockWidget
    window = APP.openWindow()
    def dockers():
        shown = [each.qwindow() for each in APP.windows()]
        every = [one for each in shown for one in each.findChildren(QDockWidget)]
        return [each for each in every if each.windowTitle() == "Audobon"]
    until(lambda: len(dockers()) == 2, "two dockers")
    for each in dockers():
        each.show()
        each.raise_()
    until(lambda: all(each.widget().assets.grid.model().rowCount() == 4 for each in dockers()),
          "both show the assets")
    told["sessions"] = len({id(each.widget().app.session) for each in dockers()})
    window.qwindow().close()
    until(lambda: len(dockers()) == 1, "one docker is left")
    QTest.qWait(300)
    APP.action("audobon_search").trigger()
    told["search"] = panel().assets.search.isVisible()

    # Another theme: the colours of the next drawing are the new ones.
    def colour():
        image = assets().grid.grab().toImage()
        return image.pixelColor(image.width() - 3, image.height() - 3).name()
    before, palette = colour(), QApplication.palette()
    light = APP.activeWindow().qwindow().palette()
    for role in (light.Base, light.Window, light.AlternateBase):
        light.setColor(role, Qt.white)
    QApplication.setPalette(light)
    QTest.qWait(200)
    told["theme"] = [before, colour()]
    grab("light.png")
    QApplication.setPalette(palette)

    asked = itertools.count()  # other ones each time: what was computed is not computed again
    def ask(library, _report):
        large = library.get("large.png")
        details = [1 + number / 999 for number in itertools.islice(asked, 9)]
        [library.run("normal", large, detail=detail) for detail in details][0].start()
    panel().app.session.do("work", ask)
    def running():
        return any(job.state == "running" for job in state().jobs)
    def servers():
        found = processes_of(PLACES["plain"]).items()
        return [number for number, (_, line) in found if "services.jobs.workers" in line]
    until(running, "a job runs")
    page = health()
    until(lambda: page.sections["jobs"].isVisible(), "jobs are shown")
    grab("jobs.png")
    killed = servers()
    for number in killed:
        os.kill(number, signal.SIGKILL)
    until(lambda: servers() and not set(servers()) & set(killed), "somebody goes on")
    told["again"] = len(killed)

    # A worker that dies again and again: its job fails with a sentence, and can be tried again.
    def runs():
        # Not previews: where a picture cannot be made that is told in its place.
        return [each.id for each in state().failed if each.kind == "run"]
    def begun(number):
        # Before its first task a worker has no numpy; to kill it then would blame no job.
        try:
            return "/numpy/" in Path(f"/proc/{number}/maps").read_text()
        except OSError:
            return False
    def struck():
        waiting = [job for job in state().jobs if job.state in ("queued", "running")]
        if not waiting and state().doing is None:
            panel().app.session.do("work", ask)  # all were quicker than the kills
        serving = servers()
        for number, (parent, _) in processes_of("").items():
            if parent in serving and begun(number):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        return runs()
    until(struck, "a job has failed", 240)
    until(lambda: "worker" in said(), "it is said")
    told["died"] = said()
    failed = runs()[0]
    from PyQt5.QtWidgets import QToolButton
    def buttons(tip):
        return [each for each in page.findChildren(QToolButton)
                if each.toolTip() == tip and each.isVisible()]
    until(lambda: buttons("Try again"), "the button")
    grab("failed.png")
    QTest.mouseClick(buttons("Copy details")[0], Qt.LeftButton)
    told["copied"] = QApplication.clipboard().text()
    panel().app.session.retry_job(failed)
    until(lambda: failed not in runs(), "it is tried again")

    plain = PLACES["plain"]
    until(lambda: shutil.rmtree(plain, True) or not Path(plain).exists(), "the folder is gone")
    until(lambda: state().phase == "closed", "the library is gone")
    QTest.qWait(200)
    told["deleted"] = said()
"""


def test_disks_that_fail_are_sentences_in_krita(
    krita_watched: Run,
    tmp_path: Path,
    disks: Callable[[str, str], Path],  # noqa: F811
    share: tuple[Path, int],  # noqa: F811
) -> None:
    told = krita_watched(_DISKS, failing(tmp_path, disks, share))
    assert told["corrupt"][1] == Corrupt.code
    assert told["corrupt"][0].startswith("the catalog of Corrupt was damaged")
    assert told["read only"].startswith("This library is read only")
    assert "no space" in told["full"][0] or "full" in told["full"][0]
    assert told["full"][1].startswith(told["full"][0])
    assert told["unsaved"][0].startswith("no space is left to write")
    assert told["unsaved"][1] == ""
    assert not [name for name in told["unsaved"][2] if name.endswith(".kra")]
    assert told["silent"].startswith(f"the library at {share[0]} does not answer")
    assert "does not answer" in told["use"]
    assert "does not answer" in told["save"]
    assert "does not answer" in told["log"]
    assert told["layers"] == 0
    assert told["gone"].startswith(f"the library at {share[0]} is gone")
    assert told["welcome"] == 0


def test_people_and_processes_that_come_and_go_in_krita(krita_watched: Run, tmp_path: Path) -> None:
    plain = tmp_path / "Plain"
    write_png(plain / "large.png", 2000, 2000, color=(40, 200, 90))
    small_library(plain)
    other = [sys.executable, "-m", "audobon", "tag", "oak 0.png", "--add", "second"]
    told = krita_watched(
        _PEOPLE,
        {
            "plain": str(plain),
            "other": [*other, "--library", str(plain)],
            "environment": {"PATH": os.defpath, "HOME": str(tmp_path / "home")},
        },
    )
    assert told["none"] == [True, False]
    assert told["no document"] == "no document is open"
    assert told["opened"]
    assert told["other"] == 0
    assert told["sessions"] == 1
    assert told["search"]
    dark, light = (int(each[1:3], 16) for each in told["theme"])
    assert dark < 128
    assert light > 230
    assert told["again"] == 1
    assert "worker" in told["died"]
    assert "job" in told["copied"]
    assert told["deleted"].startswith(f"the library at {plain} is gone")
