# SPDX-License-Identifier: GPL-3.0-or-later
"""What Krita is given when it starts: a docker for each window, actions, and an end."""

from __future__ import annotations

from typing import Any

from ..host import documents, kit, vendored
from ..host.qt import QtCore
from ..logic.app import App
from ..logic.filenames import speak_utf8
from .panel import Panel

__all__ = ["Actions", "Docker", "register"]

_STEP_MS = 50
_here: list[App] = []
# Krita makes dockers by itself and gives them nothing: this is their way to the app.
_dockers: list[Docker] = []
_said: list[str] = []
# What is wrong with this Krita's Python, if anything.


class Docker(kit.DockWidget):
    """One of these is in each of Krita's windows."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Audobon")
        self.panel = Panel(_here[0], self)
        self.setWidget(self.panel)
        self.pixmaps = self.panel.assets.grid.pictures
        self.timer = QtCore.QTimer(self)
        self.timer.timeout.connect(self._step)
        self.timer.start(_STEP_MS)
        _dockers.append(self)
        if any(_said):
            self.panel.say(_said[0])
        self.destroyed.connect(lambda: _gone(self))  # with its window

    def canvasChanged(self, _canvas: Any) -> None:  # noqa: N802  # Krita's name
        """Krita tells of another document; the next step looks."""

    def _step(self) -> None:
        try:
            self.panel.step()
        except Exception as error:  # noqa: BLE001  # Krita would show a box at each step
            self.panel.footer.tell(App.problem(error))


class Actions(kit.Extension):
    """Entries of Krita's menus, whose keys the person can change."""

    def setup(self) -> None:
        """Krita calls this once."""

    def createActions(self, window: Any) -> None:  # noqa: N802  # Krita's name
        place = "tools/scripts"
        search = window.createAction("audobon_search", "Audobon: search the library", place)
        search.triggered.connect(lambda: _each(_show_search))
        version = window.createAction("audobon_new_version", "Audobon: new version", place)
        version.triggered.connect(lambda: _each(lambda docker: docker.panel.document.new_version()))


def _gone(docker: Docker) -> None:
    docker.pixmaps.close()
    if docker in _dockers:
        _dockers.remove(docker)


def _each(call: Any) -> None:
    """With the docker of the active window; the first one where none is."""
    dockers = [one for one in _dockers if one.isActiveWindow()] or _dockers[:1]
    for docker in dockers[:1]:
        call(docker)


def _show_search(docker: Any) -> None:
    docker.show()
    docker.raise_()
    docker.panel.focus_search()


def _saved(path: str) -> None:
    # A version with a note of its own is made by whoever saved it here.
    if not documents.saving():
        for app in _here:
            app.saved(path)


def _end() -> None:
    # The widgets are gone by now, and the timers with them.
    for docker in _dockers:
        docker.pixmaps.close()
    for app in _here:
        app.close()


def register() -> None:
    """Add docker and actions; the SDK is loaded on a thread, once Krita has started."""
    _said.append(speak_utf8())
    vendored.attach()
    app = App(kit.user_folder(), vendored.lacking())
    _here.append(app)
    kit.at_start(app.begin)
    kit.add_docker("audobon", Docker)
    kit.add_extension(Actions)
    kit.at_end(_end)
    kit.on_saved(_saved)
