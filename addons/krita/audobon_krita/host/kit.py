# SPDX-License-Identifier: GPL-3.0-or-later
"""What of Krita's application the plugin uses: places, dockers, actions, its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import krita

from .qt import QtCore

__all__ = ["DockWidget", "Extension", "add_docker", "add_extension", "at_end", "user_folder"]

DockWidget: Any = krita.DockWidget
Extension: Any = krita.Extension


def _app() -> Any:
    return krita.Krita.instance()


def add_docker(name: str, make: type) -> None:
    """Have Krita make one docker of this class in each of its windows."""
    place = krita.DockWidgetFactoryBase.DockRight
    _app().addDockWidgetFactory(krita.DockWidgetFactory(name, place, make))


def add_extension(make: type) -> None:
    """Have Krita ask an extension for the actions of each of its windows."""
    _app().addExtension(make(_app()))


def at_end(call: Callable[[], object]) -> None:
    """Call before Krita ends."""
    QtCore.QCoreApplication.instance().aboutToQuit.connect(call)


def user_folder() -> Path:
    """Where the plugin keeps what it remembers: beside Krita's own settings."""
    kinds = QtCore.QStandardPaths
    place = kinds.writableLocation(kinds.StandardLocation.AppDataLocation)
    return Path(place) / "audobon"
