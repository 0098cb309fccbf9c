# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there between register and unregister: the app, its pictures, and the pump."""

from __future__ import annotations

import collections
import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..host import ghost, kit, paintings, saving
from ..host.thumbs import Thumbs
from ..logic import past
from ..logic.app import App, refuse, trouble
from ..logic.following import Follower
from ..logic.forgood import Page as ForGoodPage
from ..logic.keys import Page as KeysPage
from ..logic.locks import Page as LocksPage
from ..logic.made import Results
from ..logic.ready import Ready
from ..logic.remotes import Page as RemotesPage
from ..logic.shown import icon_key, on_screen
from ..logic.teaching import new_page
from ..logic.tidy import Page
from ..logic.trust import ASK, Seal, Verdict, judge, linked_files, seal, stamp_of
from .guard import Guard

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.panel.taughtpage import TeachPage
    from audobon.session import Problem, Session, State
    from audobon.session.state import Inside

__all__ = [
    "FALLBACK_CODES",
    "Here",
    "begin",
    "chosen",
    "end",
    "here",
    "pump",
    "session",
    "state",
    "tell",
]

_STEP_S = 0.1
_LOADS = 6
# Pictures that are handed to Blender in one step; each takes 0.2 ms.
_TIMES = 10_000
# A quarter of an hour of a panel that is drawn as often as the timer runs.
_READ_S = 6.0
# Long enough for a sentence, also for somebody who looks elsewhere first.
_FOLLOW_S = 1.0
# Between two looks through the images of the open file, which may be some thousand.
FALLBACK_CODES = (50, 51, 60, 61)
# No engine, an engine without decoders, or one that ended: Blender can still show the file.


class Here:
    """Everything that unregister has to end.

    ``times`` is how long our last calls in Blender's main thread took, in
    seconds: steps of the timer and drawings of panels. ``accepted`` are the
    scenes with scripts that the person has said yes to, with their stamps.
    ``followers`` are called in each step, with what is to be shown.
    ``steps`` are called at each step of the timer while there is a session.
    """

    def __init__(self, package: str) -> None:
        folder = kit.user_folder(package)
        chosen = kit.preferences(package)
        reopen = not kit.in_background() and (chosen is None or chosen.reopen)
        self.package = package
        self.app = App(folder, reopen=reopen)
        self._shown = folder / "shown"
        self.thumbs = Thumbs(self._shown)
        self.guard = Guard(package, lambda: self.app.session, self.app.policies)
        self.notice = 0
        self.times: collections.deque[float] = collections.deque(maxlen=_TIMES)
        self.trouble: Problem | None = None
        self.followers: list[Callable[[Session, State], None]] = []
        self.steps: list[Callable[[], None]] = []
        self.accepted: set[Seal] = set()
        self.results = Results()
        self.ready = Ready()
        self.tidy = Page()
        self.remotes = RemotesPage()
        self.locks = LocksPage()
        self.for_good = ForGoodPage()
        self.keys = KeysPage()
        self.uses: list[tuple[str, str]] = []
        self.follower = Follower()
        self._followed = 0.0
        self._number = -1
        self._reading = (0, 0.0)

    @functools.cached_property
    def teaching(self) -> TeachPage:
        """What the panel for teaching remembers; asked for once there is a session."""
        return new_page()

    def step(self) -> float:
        """Called by Blender's timer, in its main thread."""
        with self.timed():
            try:
                self._pump()
                self.trouble = None
            except Exception as error:  # noqa: BLE001  # Blender would never call the timer again
                self.fail(error)
        return _STEP_S

    def fail(self, error: Exception) -> None:
        """Show a mistake of our own until the next step that goes well."""
        self.trouble = trouble(error)
        kit.redraw()

    def verdict(self, asset: Asset, inside: Inside | None = None) -> Verdict:
        """Whether this scene may be brought in; a file that has changed is read again.

        ``inside`` is what was read in it, if that is not the chosen one.
        """
        chosen, now, session = kit.preferences(self.package), state(), self.app.session
        inside = now.inside if inside is None and now is not None else inside
        policy = self.app.policies.rule(
            ASK if chosen is None else chosen.scripts,
            "" if now is None else now.library,
            (asset.file, *linked_files(inside, asset.id)),
        )
        found = judge(inside, asset.id, stamp_of(asset.file), policy, self.accepted)
        if found.again and session is not None:
            session.look_inside(asset.id)
        return found

    def accept(self, asset: Asset, inside: Inside | None = None) -> None:
        """Bring this scene in from now on, as it and the files it links are now."""
        now = state()
        inside = now.inside if inside is None and now is not None else inside
        self.accepted.add(seal(inside, asset.id, stamp_of(asset.file)))

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        """Note how long what is done inside holds Blender's main thread."""
        started = time.perf_counter()
        yield
        self.times.append(time.perf_counter() - started)

    def close(self) -> None:
        """End every thread, and take back whatever is drawn."""
        ghost.close_all()
        self.guard.end()
        self.follower.close()
        self.app.close()
        self.thumbs.close()

    def forget_pictures(self) -> None:
        """Let go of every picture that was shown, with its file; what is seen is fetched anew."""
        self.thumbs.close()
        self.thumbs = Thumbs(self._shown)
        kit.redraw()

    def _paintings(self) -> None:
        """Show paintings as they were saved meanwhile; the thread beside looks at the disk."""
        for fresh in self.follower.take():
            if fresh.picture:
                paintings.renew(fresh.path, fresh.picture, fresh.stamp)
        if time.monotonic() - self._followed >= _FOLLOW_S:
            self._followed = time.monotonic()
            self.follower.follow(paintings.followed())

    def _pump(self) -> None:
        self._paintings()
        session = self.app.session
        if session is None:
            if self.app.trouble:
                kit.redraw()
            return
        self.app.pump()
        uses, self.uses = self.uses, []
        session.note_uses(uses, host="blender")
        session.follow_file(saving.open_file(), host="blender")
        state = session.state
        self.guard.step(session, state)
        session.want_pictures(self._wanted(state))
        self.results.pump(session, state)
        self._read(state)
        for step in self.steps:
            step()
        came = self._load(session, state)
        for each in self.followers:
            each(session, state)
        if came or state.number != self._number:
            self._number = state.number
            kit.redraw()

    def _read(self, state: State) -> None:
        """A message that all went well goes by itself; what went wrong stays until it is read."""
        notice = state.notice
        if notice is None or notice.stays or notice.number == self.notice:
            return
        if notice.number != self._reading[0]:
            self._reading = (notice.number, time.monotonic())
        elif time.monotonic() - self._reading[1] > _READ_S:
            self.notice = notice.number
            kit.redraw()

    def _wanted(self, state: State) -> tuple[Any, ...]:
        """What has a picture on the screen; versions only while a panel lists them."""
        seen = (*on_screen(state), *self.tidy.pictured(state), *self.teaching.pictured(state))
        return (*seen, *(past.pictured(state) if self.guard.seen else ()))

    def _load(self, session: Session, state: State) -> bool:
        loaded = self.thumbs.show(_LOADS)
        put = 0
        for _, key, data in past.change_pictures(state.past.changes):
            if not self.thumbs.has(key) and not self.thumbs.awaits(key):
                self.thumbs.put(key, data)
        for asset in self._wanted(state):
            key = icon_key(asset)
            if put >= _LOADS:
                break
            if self.thumbs.has(key) or self.thumbs.awaits(key):
                continue
            found = session.picture(asset)
            if isinstance(found, bytes):
                self.thumbs.put(key, found)
                put += 1
            elif (
                found is not None
                and found.code in FALLBACK_CODES
                and getattr(asset, "state", "") == "present"
            ):
                loaded += self.thumbs.put_file(key, asset.kind, asset.file)
        return bool(loaded)


_here: Here | None = None


def here() -> Here:
    """What is there; only asked for while the add-on is registered."""
    assert _here is not None
    return _here


def session() -> Session | None:
    return None if _here is None else _here.app.session


def state() -> State | None:
    """What is to be drawn, None until the session is there."""
    found = session()
    return None if found is None else found.state


def chosen() -> Asset | None:
    """The chosen asset, None without one."""
    found = state()
    return None if found is None or found.chosen is None else found.chosen.asset


def tell(text: str) -> None:
    """Say that something has failed that nobody has just clicked for."""
    found = session()
    if found is not None:
        found.do("Using an asset", lambda _library, _report: refuse(text))


def _step() -> float | None:
    return None if _here is None else _here.step()


def begin(package: str) -> None:
    global _here  # noqa: PLW0603  # Blender's classes have no other way to their add-on
    _here = Here(package)
    _here.app.begin()
    _here.guard.begin()
    if not kit.in_background():
        kit.add_timer(_step, _STEP_S)


def end() -> None:
    global _here  # as above
    kit.remove_timer(_step)
    found, _here = _here, None
    if found is not None:
        found.close()


def pump() -> Any:
    """One step by hand, where Blender runs no timers: in the background."""
    return None if _here is None else _here.step()
