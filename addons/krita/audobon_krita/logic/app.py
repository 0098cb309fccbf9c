# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin while Krita runs: its session, and the libraries that were open before."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from .settings import VERSION_ON_SAVE, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from audobon.panel.recent import Recent
    from audobon.session import Problem, Session, State

__all__ = ["App"]

_SWITCH_S = 0.001
# For how long one of our threads may hold Python while Krita's waits for it. With Python's own 5 ms
# a hundredth of short calls took 28 ms beside a scan on a busy machine, with this 16.
_SILENT_S = 1.0
# Threads that wait for a disk that does not answer are daemons, and end with Krita.


class App:
    """Loads the SDK on a thread, because importing it would hold Krita up; then has a session.

    ``session`` and ``recent`` are None until then. ``trouble`` says why they
    stay None. The library that was open last is opened again.
    """

    def __init__(self, folder: Path, lacking: str = "") -> None:
        self.session: Session | None = None
        self.recent: Recent | None = None
        self.trouble = lacking
        self.settings = Settings(folder / "settings.json")
        self._folder = folder
        self._ended = False
        self._fill = False
        self._remembered = ""
        self._switch_s = sys.getswitchinterval()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._begin, name="audobon-begin", daemon=True)

    def begin(self) -> None:
        """Start; returns at once."""
        if not self.trouble:
            self._thread.start()

    def _begin(self) -> None:
        try:
            from audobon.panel.recent import Recent
            from audobon.session import Session
            from audobon.system.folders import cache_folder
            from audobon.work.bootstrap import keep_bytecode_in

            # An update takes the plugin's folder away while a worker may still write there.
            keep_bytecode_in(cache_folder() / "bytecode")
            recent = Recent(self._folder / "recent.json")
        except Exception as error:  # noqa: BLE001  # whatever an import can raise is shown
            self.trouble = (
                f"Audobon is off, because its SDK cannot be loaded: {type(error).__name__}:"
                f" {error}. Install the plugin once more; Krita itself goes on as before"
            )
            return
        with self._lock:
            if self._ended:
                return
            self.recent, self.session = recent, Session()
            sys.setswitchinterval(min(self._switch_s, _SWITCH_S))
        last = recent.last()
        if last is not None:
            self.session.open(last)

    @property
    def state(self) -> State | None:
        """What is to be shown, None until the session is there."""
        return None if self.session is None else self.session.state

    def open(self, path: str, passphrase: str | None = None, *, recovery: bool = False) -> None:
        """Begin to open a library; an encrypted one by its passphrase, or its recovery key."""
        self._fill = False
        if self.session is not None:
            self.session.open(path, passphrase, recovery=recovery)

    def create(
        self,
        path: str,
        passphrase: str | None = None,
        made: Callable[[str], object] | None = None,
    ) -> None:
        """Begin to make a library in a folder; what lies there is added to it.

        With a passphrase it is encrypted, and ``made`` is told its recovery key.
        """
        self._fill = True
        if self.session is not None:
            self.session.create(path, passphrase=passphrase, then=made)

    def add(self, paths: str | Sequence[str]) -> None:
        """Index folders and files in the background."""
        if self.session is not None:
            from audobon.panel.filling import add_files

            add_files(self.session, paths)

    def saved(self, path: str) -> None:
        """The artist has saved a document: it becomes a version, where that is wanted."""
        state = self.state
        if self.session is None or state is None or state.phase != "open" or state.read_only:
            return
        self.session.note_saved(path, host="krita")
        if self.settings.on(VERSION_ON_SAVE):
            self.session.history.saved(path)

    @staticmethod
    def problem(error: Exception) -> Problem:
        """An exception of the plugin itself as a problem that can be shown."""
        from audobon.session.state import problem_of

        return problem_of(error)

    def leave(self) -> None:
        """Let go of the open library."""
        self._remembered = ""
        if self.session is not None:
            self.session.leave()

    def pump(self) -> None:
        """To be called from time to time in Krita's own thread."""
        session, recent = self.session, self.recent
        if session is None or recent is None:
            return
        session.pump()
        state = session.state
        if state.phase != "open" or state.path == self._remembered:
            return
        self._remembered = state.path
        recent.add(state.path)
        if self._fill:
            from audobon.panel.filling import add_files

            self._fill = False
            add_files(session, state.path)

    def close(self, timeout_s: float = 5.0) -> bool:
        """End every thread; whether all have ended in time."""
        with self._lock:
            self._ended = True
        if self.session is not None and self.session.state.waits is not None:
            timeout_s = min(timeout_s, _SILENT_S)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        sys.setswitchinterval(self._switch_s)
        return self.session is None or self.session.close(timeout_s)
