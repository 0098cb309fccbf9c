"""What is left of the docker once Krita has ended, was killed or does not load it: nothing."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

_WORKING = """
import json, os, signal, threading
from krita_watching import begin, processes_of

def work_hard():
    '''Have the library's process do what takes longer than anybody would wait here.'''
    start(15)
    until(lambda: state().engine.state == "ready", "an engine")
    def ask(library, _report):
        large = library.get("large.png")
        jobs = [library.run("normal", large, detail=1 + number / 99) for number in range(60)]
        jobs[0].start()
        return "asked"
    panel().app.session.do("work", ask)
    until(lambda: any(job.state == "running" for job in state().jobs), "a job runs")
    ours = {number: line for number, (parent, line) in processes_of("").items()
            if parent == os.getpid() or FOLDER in line}
    ours.pop(os.getpid(), None)
    return ours
"""

_QUIT = (
    _WORKING
    + """
def main():
    seen = work_hard()
    def note():
        with open(os.path.join(OUT, "threads"), "w") as stream:
            json.dump([each.name for each in threading.enumerate() if "audobon" in each.name],
                      stream)
    from PyQt5.QtCore import QCoreApplication
    QCoreApplication.instance().aboutToQuit.connect(note)  # after ours, which came first
    return seen
"""
)

_KILLED = (
    _WORKING
    + """
def main():
    seen = work_hard()
    Path(OUT, "seen").write_text(json.dumps(seen))
    os.kill(os.getpid(), signal.SIGKILL)
"""
)

# Without what other scripts begin with: that imports the plugin.
_OFF = """
import sys
from krita import Krita
from PyQt5.QtWidgets import QDockWidget
def main():
    window = Krita.instance().activeWindow().qwindow()
    dockers = [each.windowTitle() for each in window.findChildren(QDockWidget)]
    return {"dockers": dockers, "modules": [name for name in sys.modules if "audobon" in name]}
"""

_BROKEN = """
import sys
def main():
    from PyQt5.QtWidgets import QApplication
    raised = []
    sys.excepthook = lambda kind, error, trace: raised.append(str(error))
    until(lambda: panel().app.trouble, "why there is no SDK")
    until(lambda: panel().hello.text() == panel().app.trouble, "it is said")
    panel().app.open(FOLDER)
    panel().app.create(FOLDER)
    APP.action("audobon_search").trigger()
    new_document()
    APP.action("audobon_new_version").trigger()
    panel().document.save_as_asset()
    QTest.qWait(300)
    leave_documents()
    return {"said": panel().hello.text(), "footer": said(),
            "raised": raised, "box": QApplication.activeModalWidget() is not None}
"""


@pytest.fixture
def large(krita_folder: Path) -> Path:
    write_png(krita_folder / "large.png", 2000, 2000, color=(40, 200, 90))
    return krita_folder


def _alive(number: str) -> bool:
    try:
        stat = Path("/proc", number, "stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # those wait for whoever took them over


def _gone(seen: dict[str, str]) -> None:
    assert any("services.jobs.workers" in line for line in seen.values()), seen
    end = time.monotonic() + 240
    while left := [number for number in seen if _alive(number)]:
        assert time.monotonic() < end, [seen[number] for number in left]
        time.sleep(0.1)


def _whole(folder: Path) -> None:
    with audobon.Library.open(folder) as library:
        assert library.doctor().ok
        assert library.verify().ok
        left = [job for job in library.jobs("queued") if job.kind == "run"]
        assert left, "what was not done waits for the next start of any host"


def test_nothing_of_it_is_left_after_krita_has_ended(
    krita_studio: Callable[[str], Any],
    krita_engine: None,
    krita_at_home: Callable[[Path, Path, Path], Any],
    large: Path,
    tmp_path: Path,
) -> None:
    _gone(krita_studio(_QUIT))
    assert json.loads((tmp_path / "out" / "threads").read_text("utf-8")) == []
    _whole(large)
    # Unticked in Krita's settings it is not even imported at the next start.
    settings = tmp_path / "home" / ".config" / "kritarc"
    text = settings.read_text("utf-8")
    assert "enable_audobon_krita=true" in text
    settings.write_text(text.replace("enable_audobon_krita=true", "enable_audobon_krita=false"))
    (tmp_path / "off.py").write_text(_OFF, "utf-8")
    told = krita_at_home(tmp_path / "home", tmp_path / "off.py", tmp_path / "off.json")
    assert "Audobon" not in told["dockers"]
    assert [name for name in told["modules"] if not name.startswith("audobon_test")] == []


def test_nothing_of_it_is_left_after_krita_was_killed(
    krita_studio: Callable[[str], Any], krita_engine: None, large: Path, tmp_path: Path
) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"ended with -9"):
        krita_studio(_KILLED)
    _gone(json.loads((tmp_path / "out" / "seen").read_text("utf-8")))
    _whole(large)


def test_a_broken_sdk_is_a_sentence_in_krita(
    krita_plugin_home: Path,
    krita_at_home: Callable[[Path, Path, Path], Any],
    krita_job: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    shutil.copytree(krita_plugin_home, home, symlinks=True)
    plugin = home / ".local" / "share" / "krita" / "pykrita" / "audobon_krita"
    broken = plugin / "lib" / "common" / "attr" / "__init__.py"
    assert broken.exists()
    broken.write_text("raise ImportError('this file was cut off')\n", "utf-8")
    told = krita_at_home(home, krita_job(_BROKEN), tmp_path / "result.json")
    assert told["said"].startswith("Audobon is off, because its SDK cannot be loaded: ImportError")
    assert "Install the plugin once more" in told["said"]
    assert not told["box"]
    assert told["raised"] == []
