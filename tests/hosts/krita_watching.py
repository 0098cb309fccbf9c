"""What scripts about faults have inside Krita: what went wrong unseen, and how long nothing ran."""

from __future__ import annotations

import faulthandler
import os
import sys
import time

from krita_studio import OUT, assets, docker, leave_documents, panel, state, until
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication

__all__ = ["begin", "first", "health", "named", "opened", "processes_of", "watched"]


_LONG_S = 3.0
_WAITS = {"QProgressDialog", "KisDelayedSaveDialog"}
# Krita's own, which say how far something is and end by themselves: they are no questions.


class Watching:
    """Looks twenty times a second for boxes that nobody asked for, and for how long nothing ran."""

    def __init__(self):
        self.crash = None
        self.raised, self.boxes, self.gap, self.last = [], [], 0.0, time.monotonic()
        sys.excepthook = self.note
        self.timer = QTimer()
        self.timer.timeout.connect(self.look)
        self.timer.start(50)

    def note(self, kind, error, _trace):
        self.raised.append(f"{kind.__name__}: {error}")

    def look(self):
        now = time.monotonic()
        self.gap, self.last = max(self.gap, now - self.last), now
        if self.crash is not None:
            faulthandler.dump_traceback_later(_LONG_S, file=self.crash)
        box = QApplication.activeModalWidget()
        if box is not None and box.metaObject().className() not in _WAITS:
            text = getattr(box, "text", lambda: "")()
            self.boxes.append(f"{box.metaObject().className()}: {box.windowTitle()} {text}")
            box.close()


def watched(work):
    """What ``work(told, watching)`` has told, and what went wrong meanwhile."""
    told, watching = {}, Watching()
    with open(os.path.join(OUT, "crash.txt"), "w") as crash:
        faulthandler.enable(crash)  # where it was if Krita itself crashes, or when nothing ran
        watching.crash = crash
        work(told, watching)
        faulthandler.cancel_dump_traceback_later()
        faulthandler.disable()
    watching.timer.stop()
    leave_documents()
    seen = {"raised": watching.raised, "boxes": watching.boxes, "gap": watching.gap}
    return {**told, **seen}


def begin():
    """Until the SDK is there."""
    docker().show()
    docker().raise_()
    until(lambda: panel().app.session is not None, "the session")


def opened(path, total=3):
    """Until this library is open, found and ready."""
    panel().app.open(path)
    until(lambda: state().phase == "open" and state().path == path, path)
    until(lambda: state().found.total == total and not state().searching, "assets of " + path)
    until(lambda: state().engine.state == "ready", "an engine")
    until(lambda: shown() == [each.id for each in state().found.assets], "rows")


def shown():
    """The ids of what the grid shows."""
    return [each.id for each in assets().grid.model().pages.rows]


def first():
    return assets().grid.model().pages.rows[0]


def named(name):
    """The asset of this name in the grid."""
    return next(each for each in assets().grid.model().pages.rows if each.name == name)


def health():
    """The page, turned to."""
    from audobon_krita.ui.health import Health

    return panel().turn_to(Health)


def processes_of(text):
    """Numbers and commands of whatever has this in its command."""
    from pathlib import Path

    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if text in line:
                found[int(entry.name)] = (parent, line)
    return found
