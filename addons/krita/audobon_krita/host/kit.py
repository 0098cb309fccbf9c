# SPDX-License-Identifier: GPL-3.0-or-later
"""What of Krita's application the plugin uses: places, dockers, actions, its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import krita

from .qt import QtCore, QtGui

__all__ = [
    "DockWidget",
    "Extension",
    "add_docker",
    "add_extension",
    "at_end",
    "at_start",
    "on_saved",
    "resource_folder",
    "set_setting",
    "setting",
    "user_folder",
    "version",
]

_LOOK_MS = 50
# Between two looks whether Krita has started; nobody notices so little.
DockWidget: Any = krita.DockWidget
Extension: Any = krita.Extension


def _app() -> krita.Krita:
    return krita.Krita.instance()


def add_docker(name: str, make: type) -> None:
    """Have Krita make one docker of this class in each of its windows."""
    place = krita.DockWidgetFactoryBase.DockRight
    _app().addDockWidgetFactory(krita.DockWidgetFactory(name, place, make))


def add_extension(make: type) -> None:
    """Have Krita ask an extension for the actions of each of its windows."""
    _app().addExtension(make(_app()))


def at_start(call: Callable[[], object]) -> None:
    """Call once Krita has its window and handles events: until then it waits for its plugins."""

    def look() -> None:
        window = _app().activeWindow()
        # While Krita starts it handles events too, before its main loop runs.
        in_main_loop = QtCore.QThread.currentThread().loopLevel() > 0
        if in_main_loop and window is not None and window.qwindow().isVisible():
            call()
        else:
            QtCore.QTimer.singleShot(_LOOK_MS, look)

    QtCore.QTimer.singleShot(_LOOK_MS, look)


def at_end(call: Callable[[], object]) -> None:
    """Call before Krita ends."""
    QtCore.QCoreApplication.instance().aboutToQuit.connect(call)


def on_saved(call: Callable[[str], object]) -> None:
    """Call with the path of each file that Krita has saved."""
    notifier = _app().notifier()
    notifier.setActive(True)
    notifier.imageSaved.connect(call)


def resource_folder() -> Path:
    """Where Krita keeps the patterns, palettes and brushes of the person."""
    own = _app().readSetting("", "ResourceDirectory", "")
    kinds = QtCore.QStandardPaths
    return Path(own or kinds.writableLocation(kinds.StandardLocation.AppDataLocation))


def setting(name: str) -> str:
    """What was kept under this name in Krita's settings, empty for nothing."""
    return str(_app().readSetting("audobon", name, ""))


def set_setting(name: str, value: str) -> None:
    """Keep something small in Krita's settings."""
    _app().writeSetting("audobon", name, value)


def icon(name: str) -> Any:
    """One of Krita's own, as its theme draws it; empty for a name that it does not know."""
    return _app().icon(name) if name else QtGui.QIcon()


def version() -> str:
    """Of this Krita and its Qt."""
    return f"Krita {_app().version()}, Qt {QtCore.qVersion()}"


def user_folder() -> Path:
    """Where the plugin keeps what it remembers: beside Krita's own settings."""
    kinds = QtCore.QStandardPaths
    place = kinds.writableLocation(kinds.StandardLocation.AppDataLocation)
    return Path(place) / "audobon"
