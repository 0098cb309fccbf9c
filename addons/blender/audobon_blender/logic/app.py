# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on while it is registered: its session, and the libraries that were open before."""

from __future__ import annotations

import platform
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .native import Native
from .policies import Policies
from .recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Problem, Session

__all__ = ["App", "Broken", "add_files", "refuse", "trouble"]


@dataclass(frozen=True)
class Broken:
    """Why there is no SDK, in the form of its own problems, which are not there either."""

    message: str
    hint: str = "install the add-on once more; Blender itself goes on as before"
    code: int = 50
    details: str = ""


_SILENT_S = 1.0
# Threads that wait for a disk that does not answer are daemons, and end with it.


class App:
    """Begins the SDK on a thread, because importing it would hold Blender up; then has a session.

    ``session`` is None until then. ``trouble`` says why it stays None. The
    library that was open last is opened again where ``reopen`` says so.
    ``native`` and ``policies`` are what the person has set, ``stale`` the
    entries of Blender's list whose libraries are none any more.
    """

    def __init__(self, folder: Path, *, reopen: bool) -> None:
        self.recent = Recent(folder / "recent.json")
        self.session: Session | None = None
        self.trouble: Broken | None = None
        self.native = Native(folder / "native.json")
        self.policies = Policies(folder / "trust.json")
        self.stale: tuple[str, ...] = ()
        self._reopen = reopen
        self._ended = False
        self._fill = False
        self._remembered = ""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._begin, name="audobon-begin", daemon=True)

    def begin(self) -> None:
        """Start; returns at once."""
        self._thread.start()

    def _begin(self) -> None:
        try:
            from audobon.session import Session
            from audobon.system.folders import cache_folder
            from audobon.work.bootstrap import keep_bytecode_in

            # Blender takes the add-on's folder away while a worker may still write there.
            keep_bytecode_in(cache_folder() / "bytecode")
        except BaseException as error:  # noqa: BLE001  # whatever an import can raise is shown
            self.trouble = _broken(error)
            return
        self.stale = tuple(self.native.stale())
        self.policies.load()
        with self._lock:
            if self._ended:
                return
            self.session = Session()
        last = self.recent.last()
        if self._reopen and last is not None:
            self.session.open(last)

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

    def leave(self) -> None:
        """Let go of the open library."""
        self._remembered = ""
        if self.session is not None:
            self.session.leave()

    def pump(self) -> None:
        """To be called from time to time in the host's own thread."""
        session = self.session
        if session is None:
            return
        session.pump()
        state = session.state
        if state.phase != "open" or state.path == self._remembered:
            return
        self._remembered = state.path
        self.recent.add(state.path)
        if self._fill:
            self._fill = False
            add_files(session, state.path)

    def close(self, timeout_s: float = 5.0) -> bool:
        """End every thread; whether all have ended in time."""
        with self._lock:
            self._ended = True
        if self.session is not None and self.session.state.waits is not None:
            timeout_s = min(timeout_s, _SILENT_S)
        self._thread.join(timeout_s)
        return self.session is None or self.session.close(timeout_s)


def _broken(error: BaseException) -> Broken:
    what = f"{type(error).__name__}: {error}"
    details = "".join(traceback.format_exception(error)).strip()
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    where = f"Python {platform.python_version()}, {system}"
    return Broken(
        f"Audobon is off, because its SDK cannot be loaded: {what}", details=f"{where}\n{details}"
    )


def add_files(session: Session, path: str) -> None:
    """Index a folder or a file in the background; nothing of it is changed."""
    from audobon.panel import filling

    filling.add_files(session, path)


def trouble(error: Exception) -> Problem:
    """An exception of the add-on itself as a problem that can be shown."""
    from audobon.session.state import problem_of

    return problem_of(error)


def refuse(text: str) -> None:
    """Raise what a session shows as a problem."""
    from audobon.errors import Invalid

    raise Invalid(text)
