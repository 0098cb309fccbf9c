"""Catalogs kept in step with those of Blender's asset browser, while a host asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from audobon.errors import AudobonError, NotFound
from audobon.formats.asset_catalogs import NAME
from audobon.session.lane import Lane
from audobon.session.state import Notice, Problem, State, problem_of

if TYPE_CHECKING:
    from audobon.library import Library

__all__ = ["CatalogKeeper"]

_CHANGES = 500
# More of them at once are not looked at one by one.


class CatalogKeeper:
    """Looks every ``follow_s`` seconds whether a side has changed, which costs two small looks.

    What was written, and what became of ``.blend`` files of the library, is
    counted in ``state.native``, so that a host can have its browser look
    again. A failure is told once, until something changes.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        update: Callable[..., None],
        state: Callable[[], State],
        *,
        follow_s: float,
    ) -> None:
        self._library = library
        self._lane = lane
        self._update = update
        self._state = state
        self._follow_s = follow_s
        self._on = False
        self._last: tuple[object, ...] = ()
        self._seen = -1

    def keep(self, *, on: bool) -> None:
        """Begin with it, or stop; returns at once, and is cheap to call again."""
        if on != self._on and not self._library.read_only:
            self._on = on
            if on:
                self._last, self._seen = (), self._library.clock
                self._lane.put(self._look, key="catalogs")

    def _look(self) -> None:
        if not self._on:
            return
        try:
            self._compare()
        finally:
            self._lane.put(self._look, key="catalogs", delay_s=self._follow_s)

    def _compare(self) -> None:
        if not (self._library.state_path / "library.toml").is_file():
            return  # whoever follows the library tells of it
        now = (self._library.clock, *_stamp(os.path.join(self._library.path, NAME)))
        if now == self._last:
            return
        try:
            done = self._library.catalogs.bring_in_step()
        except (AudobonError, OSError) as error:
            self._last = now
            self._tell(problem_of(error))
            return
        if not done.read and not done.written:
            self._last = now  # else once more: others may have changed something meanwhile
        if self._scenes_changed(self._library.clock) or done.written:
            self._update(native=self._state().native + 1)

    def _scenes_changed(self, clock: int) -> bool:
        """Whether scenes came, went or were written since this was asked before."""
        seen, self._seen = self._seen, clock
        changes = self._library.changes(seen, limit=_CHANGES)
        touched = {ident for one in changes if one.kind != "edit" for ident in one.assets}
        if len(changes) == _CHANGES or len(touched) > _CHANGES:
            return True  # so many that one of them will be
        return any(self._is_scene(ident) for ident in touched)

    def _is_scene(self, ident: str) -> bool:
        try:
            return self._library.get(ident).kind == "blend"
        except NotFound:
            return True  # gone again, and nobody knows what it was

    def _tell(self, problem: Problem) -> None:
        told = self._state().notice
        if told is None or told.problem is None or told.problem.message != problem.message:
            number = -self._state().number
            self._update(notice=Notice(number, "Blender's catalogs", problem))


def _stamp(path: str) -> tuple[int, ...]:
    try:
        state = os.stat(path)
    except OSError:
        return ()
    return (state.st_size, state.st_mtime_ns, state.st_ino)
