# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a file manager, dropped on the docker, become assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets

if TYPE_CHECKING:
    from ..logic.app import App

__all__ = ["Dropping"]


class Dropping(QtWidgets.QWidget):
    """A widget on which files can be dropped. What comes out of itself is left alone."""

    app: App

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def say(self, text: str) -> None:
        """Tell the person."""
        raise NotImplementedError

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        source = event.source()
        own = source is not None and self.isAncestorOf(source)
        if event.mimeData().hasUrls() and not own:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        event.acceptProposedAction()
        urls = event.mimeData().urls()
        paths = [url.toLocalFile() for url in urls if url.isLocalFile()]
        state = self.app.state
        if state is None or state.phase != "open":
            self.say("Open a library first; then files can be dropped here")
        elif state.read_only:
            self.say("The library is open for reading only, so nothing can be added")
        elif not paths:
            self.say("Only files of this machine can be added: save it first, then drop the file")
        else:
            self.app.add(paths)
            if len(paths) < len(urls):
                self.say(f"{len(urls) - len(paths)} of them are no files of this machine")
