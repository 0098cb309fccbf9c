"""A krita module for a docker without Krita: windows, dockers, actions and settings, no documents.

Krita 6 is in no package here, so the docker's widgets are tried under PyQt6
with this; what Krita itself does is tested in a real one.
"""

from __future__ import annotations

from typing import Any

from PyQt6 import QtCore, QtGui, QtWidgets


class DockWidget(QtWidgets.QDockWidget):
    pass


class DockWidgetFactoryBase:
    DockRight = 1


class DockWidgetFactory(DockWidgetFactoryBase):
    def __init__(self, name: str, place: int, make: type) -> None:
        self.name, self.make = name, make


class Extension(QtCore.QObject):
    def __init__(self, parent: Any) -> None:
        super().__init__(parent)


class Window:
    def __init__(self) -> None:
        self._real = QtWidgets.QMainWindow()
        self._actions: dict[str, Any] = {}

    def qwindow(self) -> Any:
        return self._real

    def createAction(self, name: str, text: str, _place: str = "") -> Any:
        self._actions[name] = QtGui.QAction(text, self._real)
        return self._actions[name]


class Notifier(QtCore.QObject):
    """Tells what happens; here nothing does."""

    imageSaved = QtCore.pyqtSignal(str)  # noqa: N815  # Krita's name
    imageClosed = QtCore.pyqtSignal(str)  # noqa: N815  # Krita's name
    applicationClosing = QtCore.pyqtSignal()  # noqa: N815  # Krita's name
    windowCreated = QtCore.pyqtSignal()  # noqa: N815  # Krita's name

    def setActive(self, _active: bool) -> None:
        return None


class Krita(QtCore.QObject):
    _one: Krita | None = None

    def __init__(self) -> None:
        super().__init__()
        self._factories: list[Any] = []
        self._extensions: list[Any] = []
        self._window: Window | None = None
        self._settings: dict[tuple[str, str], str] = {}
        self._notifier = Notifier()

    @classmethod
    def instance(cls) -> Krita:
        cls._one = cls._one or cls()
        return cls._one

    def addDockWidgetFactory(self, factory: Any) -> None:
        self._factories.append(factory)

    def icon(self, _name: str) -> Any:
        return QtGui.QIcon()

    def addExtension(self, extension: Any) -> None:
        self._extensions.append(extension)

    def begin(self) -> None:
        """What Krita does once its plugins are imported: a window with all dockers."""
        self._window = Window()
        for extension in self._extensions:
            extension.setup()
            extension.createActions(self._window)
        real = self._window.qwindow()
        real.setCentralWidget(QtWidgets.QLabel("the canvas", real))
        real.resize(1200, 800)
        for factory in self._factories:
            docker = factory.make()
            real.addDockWidget(QtCore.Qt.DockWidgetArea.RightDockWidgetArea, docker)
        real.show()

    def activeWindow(self) -> Window | None:
        return self._window

    def windows(self) -> list[Window]:
        return [] if self._window is None else [self._window]

    def notifier(self) -> Notifier:
        return self._notifier

    def activeDocument(self) -> None:
        return None

    def openDocument(self, _path: str) -> None:
        return None

    def documents(self) -> list[Any]:
        return []

    def batchmode(self) -> bool:
        return False

    def setBatchmode(self, _on: bool) -> None:
        return None

    def action(self, name: str) -> Any:
        return self._window._actions[name] if self._window is not None else None

    def readSetting(self, group: str, name: str, default: str) -> str:
        return self._settings.get((group, name), default)

    def writeSetting(self, group: str, name: str, value: str) -> None:
        self._settings[group, name] = value
