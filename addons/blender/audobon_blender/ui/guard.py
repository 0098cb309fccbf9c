# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows the open file between its opening and its end: lock, links, versions on saving."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..host import kit, opened, saving
from ..logic.past import contents_in, inside_of, old_key
from ..logic.trust import ASK, Seal, Verdict, judge, linked_files, seal, stamp_of

if TYPE_CHECKING:
    from audobon.session import Session, State

    from ..logic.policies import Policies

__all__ = ["Guard"]

_LINKS_S = 1.0
_SEEN_S = 2.0
# A panel that is on the screen is drawn more often than that: with each new state, each second.


class Guard:
    """Tells the session about the open file, and the person what became of it on the disk.

    ``taken`` is an old version that was written beside the present file and
    waits to be opened, empty for none.
    """

    def __init__(
        self, package: str, session: Callable[[], Session | None], policies: Policies
    ) -> None:
        self._package = package
        self._policies = policies
        self._session = session
        self.taken = ""
        self._quiet = self._copying = False
        self._opened_again = True
        self._told: tuple[str, tuple[str, ...]] | None = None
        self._looked = 0.0
        self._seen = 0.0
        self._first = ""
        self.accepted: set[Seal] = set()

    def begin(self) -> None:
        """From now on saving and opening files is noticed."""
        opened.attach(self._saved, self._loaded)

    def end(self) -> None:
        opened.detach()

    def step(self, session: Session, state: State) -> None:
        """Called by the pump: say what has changed since it was last said."""
        if state.phase != "open":
            self._told = None
            return
        chosen = kit.preferences(self._package)
        path = saving.open_file()
        lock = path and (chosen is None or chosen.lock_open)
        session.history.hold([path] if lock else [], "Blender")
        if self.seen or self._first != state.path:
            # Once for each library also without: the filter of branches shows which there are.
            self._first = state.path
            session.history.watch()
        now = time.monotonic()
        if self._opened_again or self._told is None or now - self._looked > _LINKS_S:
            self._looked = now
            self._links(session, state, path)

    def _links(self, session: Session, state: State, path: str) -> None:
        """The open file itself is among them: another program may write it too."""
        files = ((path,) if path else ()) + opened.linked_files()
        told = (state.path, files)
        if self._opened_again or told != self._told:
            session.history.follow_linked(files, read_again=self._opened_again)
            self._told, self._opened_again = told, False
        if files:
            session.history.watch()

    @property
    def seen(self) -> bool:
        """Whether somebody has a panel of history on the screen."""
        return time.monotonic() - self._seen < _SEEN_S

    def look(self) -> None:
        """A panel of history is being drawn."""
        self._seen = time.monotonic()

    def save(self) -> None:
        """Save the open file for something that makes a version itself."""
        with self._quietly():
            saving.save_open_file()

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    @contextlib.contextmanager
    def copying(self) -> Iterator[None]:
        """What is saved meanwhile is a copy: the open file stays as it was on the disk."""
        self._copying = True
        try:
            yield
        finally:
            self._copying = False

    def _saved(self) -> None:
        session, path = self._session(), saving.open_file()
        if session is None or not path or self._copying:
            return
        session.history.linked_read(path)
        session.note_saved(path, host="blender")
        chosen = kit.preferences(self._package)
        if chosen is not None and chosen.version_on_save and not self._quiet:
            session.history.saved(path)

    def _loaded(self) -> None:
        self._opened_again = True
        self.taken = ""

    def came(self, unsaved: str) -> Callable[[bool], None]:
        """What is to be done when something that may have written the open file has ended.

        It is opened again, unless that would lose work that nobody said may
        be lost; the panel then says that the file is another one now.
        """

        def then(changed: bool) -> None:
            path = saving.open_file()
            there = bool(path) and stamp_of(path) != (0, 0)
            # Without a window nobody goes on working after it was saved.
            safe = unsaved == "discard" or (unsaved == "save" and kit.in_background())
            if changed and there and (safe or not opened.is_dirty()):
                opened.reload()

        return then

    def dirty_asset(self, state: State | None) -> bool:
        """Whether the open file is an asset with changes that are not saved."""
        return state is not None and state.document is not None and opened.is_dirty()

    @staticmethod
    def merge_writes(state: State) -> bool:
        """Whether the open merge may end in another open file."""
        merge, document = state.past.merge, state.document
        if merge is None or document is None:
            return False
        shown = f"{document.asset.root}/{document.asset.path}"
        asked = {one.path for one in (*merge.conflicts, *merge.decided)}
        return shown in {*asked, *merge.written, *merge.removed}

    def verdict(self, state: State) -> Verdict:
        """Whether something of the old version that was written aside may come in."""
        old = state.past.old
        inside = inside_of(old)
        if old is None or inside is None:
            return Verdict("wait", "The version is still being read; try again in a moment")
        chosen = kit.preferences(self._package)
        general = ASK if chosen is None else chosen.scripts
        key, files = old_key(old), linked_files(inside, old_key(old))
        policy = self._policies.rule(general, state.library, (old.path, *files))
        return judge(inside, key, stamp_of(old.path), policy, self.accepted)

    def accept(self, state: State) -> None:
        """Bring parts of this version in from now on."""
        old = state.past.old
        if old is not None:
            self.accepted.add(seal(inside_of(old), old_key(old), stamp_of(old.path)))

    @staticmethod
    def picks(state: State) -> list[tuple[str, str]]:
        """What of the old version can be appended: list of ``bpy.data`` and name."""
        contents = contents_in(state.past.old)
        found = () if contents is None else contents.picks()
        return [(pick.kind, pick.names[0]) for pick in found]
