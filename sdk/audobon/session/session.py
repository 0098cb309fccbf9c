"""The object that a host holds: commands that return at once, and a state to draw."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.errors import Unavailable
from audobon.model.asset import Asset
from audobon.model.decoded import Decoded
from audobon.session import upkeep, usage
from audobon.session.beginning import Beginning
from audobon.session.computing import Computing, looking
from audobon.session.doing import Work
from audobon.session.history import SessionHistory
from audobon.session.journal import Journal, Trouble
from audobon.session.locks import Locking
from audobon.session.metering import Metering
from audobon.session.opened import Opened
from audobon.session.pictures import Pictured
from audobon.session.selecting import Selecting
from audobon.session.shared import Sharing
from audobon.session.snapshots import Snapshotting
from audobon.session.state import Problem, Selection, State, Wanted, problem_of
from audobon.session.teaching import Teaching
from audobon.session.tidying import SessionTidying, Tidy
from audobon.session.transferring import Transferring
from audobon.session.unread import with_new
from audobon.session.watching import watching

__all__ = ["Session"]

_BUDGET = 64 << 20
"""Some eight thousand previews of 256 pixels, in bytes."""
_FOLLOW_S = 0.5
# What another program saves is to be seen within two seconds; a look costs 0.1 ms.
_SILENT_S = 6.0
"""A look takes a tenth of a second with a million assets; longer is a disk that does not answer."""


class Session(Computing, Locking, Metering, Sharing, Snapshotting, Teaching, Transferring):
    """At most one open library, asked in the background for a panel.

    Everything here returns at once but :meth:`close`, which waits for threads
    to end. Nothing is done while no library is open. What comes of a command
    is in :attr:`state`; the host looks there from time to time, and calls
    :meth:`pump` in the thread in which it wants to be called. Usable from
    several threads.

    ``selection`` has the commands about many assets at once. With ``bundled``
    a library that is opened first shows files that are one thing as one.
    """

    selection: Selecting

    def __init__(
        self, *, budget: int = _BUDGET, follow_s: float = _FOLLOW_S, bundled: bool = False
    ) -> None:
        self._budget = budget
        self._bundled = bundled
        self._follow_s = follow_s
        self._lock = threading.RLock()
        self._state = State()
        self._now: Opened | None = None
        self._ending: list[Opened] = []
        self._history = SessionHistory(self.do, lambda: self._open, lambda: self._state)
        self._tidying = SessionTidying(
            self.do, self.compute, lambda: self._state.tidy, self._tell_tidy
        )
        self.selection = self._new_selection()
        self._journal = Journal()

    @property
    def state(self) -> State:
        """Everything as it is now; the same object until something changes."""
        return self._state

    def open(self, path: str | os.PathLike[str], passphrase: str | None = None, **how: Any) -> None:
        """Open the library at ``path`` in place of the one that is open.

        One that cannot be written is opened for reading. An encrypted one takes a passphrase,
        which the keyring keeps then; with ``recovery=True`` it is its recovery key.
        ``state.locked`` waits for it.
        """
        self._begin(path, passphrase=passphrase, **how)

    def create(self, path: str | os.PathLike[str], name: str | None = None, **how: Any) -> None:
        """Make a library in ``path`` and open it; with ``passphrase=`` it is encrypted.

        ``then=`` is told the recovery key by :meth:`pump`; it is in no state and no log.
        """
        self._begin(path, make=True, name=name, **how)

    def leave(self) -> None:
        """Let go of the open library."""
        with self._lock:
            if self._now is not None:
                self._now.end()
                self._ending.append(self._now)
                self._now = None
            self.selection = self._new_selection()
            self._state = State(number=self._state.number + 1, engine=self._state.engine)

    def close(self, timeout_s: float = 5.0) -> bool:
        """Leave the library and wait for every thread; whether all have ended in time."""
        self.leave()
        ended = [one for one in self._ending if one.join(timeout_s)]
        self._ending = [one for one in self._ending if one not in ended]
        return not self._ending

    def _begin(self, path: str | os.PathLike[str], **how: Any) -> None:
        with self._lock:
            limit = self._state.found.wanted.limit
            wanted = evolve(Wanted(), limit=limit, bundled=self._bundled)
            self.leave()
            self._ending = [one for one in self._ending if not one.join(0.0)]

            def update(**changes: Any) -> None:
                self._update(opened, changes)

            self._now = opened = Opened(
                *(Beginning(Path(os.path.abspath(path)), **how), update, lambda: self._state),
                wanted=wanted,
                follow_s=self._follow_s,
                budget=self._budget,
            )
            opened.begin()

    def _update(self, who: Opened, changes: dict[str, Any]) -> None:
        with self._lock:
            if who is not self._now:
                return  # a library that was left tells nothing any more
            if "found" in changes:
                changes["selection"] = self.selection.on(changes["found"])
                if who.marker is not None:
                    who.marker.look()
            changes.setdefault("unread", with_new(self._state.unread, changes))
            self._state = evolve(self._state, number=self._state.number + 1, **changes)
            self._journal.take(changes)

    def _new_selection(self) -> Selecting:
        def tell(selection: Selection) -> None:
            with self._lock:
                if made is self.selection:
                    number = self._state.number + 1
                    self._state = evolve(self._state, number=number, selection=selection)

        def gather(then: Callable[[Sequence[str]], None]) -> None:
            if (now := self._open) is not None and now.gatherer is not None:
                now.gatherer.gather(self._state.found.wanted, then)

        made = Selecting(self._lock, lambda: self._state.found, self.do, gather, tell)
        return made

    @property
    def _open(self) -> Opened | None:
        return self._now if self._state.phase == "open" else None

    def search(self, wanted: Wanted) -> None:
        """Look for something else. The latest question wins."""
        if (now := self._open) is not None and now.finder is not None:
            now.finder.search(wanted)

    def turn(self, pages: int) -> None:
        """Show the page that lies so many pages on, or back where it is negative."""
        if (now := self._open) is not None and now.finder is not None:
            now.finder.turn(pages)

    def choose(self, ident: str | None) -> None:
        """Look closely at one asset, by its id, or at none."""
        if (now := self._open) is not None and now.finder is not None:
            now.finder.choose(ident)
            self.look_inside(ident)
            if now.linker is not None:
                now.linker.look(ident)

    def look_inside(self, ident: str | None) -> None:
        """Look into the file of an asset again, as ``choose`` does; ``state.inside`` tells."""
        if (now := self._open) is not None and now.looker is not None:
            now.looker.look(ident)

    def follow_file(self, path: str, *, host: str = "") -> None:
        """Say which file the host has open, empty for none; ``state.document`` is its asset.

        The first time it counts as opened by this ``host``, where that is named.
        """
        if (now := self._open) is not None and now.finder is not None:
            now.finder.follow_file(path, host)

    @property
    def history(self) -> SessionHistory:
        """Everything about versions, branches, merges, locks and links."""
        return self._history

    @property
    def tidying(self) -> SessionTidying:
        """Duplicates and lost files."""
        return self._tidying

    def _tell_tidy(self, tidy: Tidy) -> None:
        if (now := self._open) is not None:
            self._update(now, {"tidy": tidy})

    def want_pictures(
        self,
        assets: Sequence[Pictured],
        size: int = 256,
        closer: Sequence[tuple[Pictured, int]] = (),
        ahead: Sequence[Pictured] = (),
    ) -> None:
        """Say which previews are on the screen, the most urgent first; others are not fetched.

        ``closer`` are those that somebody looks at in a size of its own; they go first.
        ``ahead`` are those that will be seen next, as ``panel.ahead`` says; they go last.
        """
        if (now := self._open) is not None and now.pictures is not None:
            now.pictures.want(assets, size, closer, ahead)

    def picture(self, asset: Pictured, size: int = 256) -> bytes | Problem | None:
        """The preview of an asset, why there is none, or None while it is on its way."""
        now = self._now
        return None if now is None or now.pictures is None else now.pictures.get(asset, size)

    def want_pixels(self, assets: Sequence[Asset], size: int = 256) -> None:
        """Say which pictures a host has to draw itself and does not have; see :meth:`pixels`.

        Only those of :meth:`want_pictures` come.
        """
        if (now := self._open) is not None and now.decoder is not None:
            now.decoder.want(assets, size)

    def pixels(self, asset: Asset, size: int = 256) -> Decoded | Problem | None:
        """The decoded preview of an asset, which is let go with this call, or why there is none.

        None while it is on its way.
        """
        now = self._now
        return None if now is None or now.decoder is None else now.decoder.take(asset, size)

    def do(self, name: str, work: Work, then: Callable[[], None] | None = None) -> None:
        """Have ``work(library, report)`` done on a thread, after what was asked for before.

        ``name`` says what it is while it lasts. The sentence it gives, or its
        error, becomes ``state.notice``. ``then`` is called by :meth:`pump`
        once it has succeeded.
        """
        if (now := self._open) is not None and now.doer is not None:
            now.doer.do(name, looking(now, work), then)

    def cancel(self) -> None:
        """Ask what is being done to stop."""
        if (now := self._open) is not None and now.doer is not None:
            now.doer.cancel()

    def cancel_job(self, ident: int) -> None:
        """Ask a job of the queue to stop."""

        def work(library: Any, _report: Any) -> None:
            library.job(ident).cancel()

        self.do("Stopping a job", work)

    def retry_job(self, ident: int) -> None:
        """Queue a job anew that failed or was cancelled."""

        def work(library: Any, _report: Any) -> None:
            library.job(ident).again()

        self.do("Trying again", work)

    def edit(self, ident: str, **changes: Any) -> None:
        """As ``Library.edit`` for one asset, in the background."""

        def work(library: Any, _report: Any) -> None:
            library.edit(ident, **changes)

        self.do("edit", work)

    def undo(self) -> None:
        """Take back the newest change of the library."""

        def work(library: Any, _report: Any) -> str:
            change = library.undo()
            return "nothing to take back" if change is None else f"taken back: {change.label}"

        def undone() -> None:
            if self.state.queue is not None:  # a decision may wait again
                self.count_suggestions()

        self.do("undo", work, undone)

    def put_aside(self, *numbers: int) -> None:
        """Somebody has read these notices: they go out of ``state.unread``."""
        if (now := self._now) is not None:
            with self._lock:
                left = [one for one in self._state.unread if one.number not in numbers]
                self._update(now, {"unread": tuple(left)})

    def check(self, *, repair: bool = False) -> None:
        """As ``Library.doctor``, in the background; ``state.health`` and ``state.caches`` tell."""
        self._upkeep("Mending" if repair else "Checking", upkeep.checking, repair=repair)

    def limit_cache(self, name: str, size: int | None) -> None:
        """As ``Library.limit_cache``, in the background; ``state.caches`` tells."""
        self._upkeep("Giving a cache its room", upkeep.limiting, cache=name, size=size)

    def clear_caches(self, *names: str) -> None:
        """As ``Library.clear_caches``, in the background."""
        self._upkeep("Clearing caches", upkeep.clearing, names=names)

    def _upkeep(self, name: str, make: Callable[..., Work], **how: Any) -> None:
        if (now := self._open) is not None:
            self.do(name, make(lambda **changes: self._update(now, changes), **how))

    def switch_watch(self, *, on: bool) -> None:
        """Allow or forbid that the open library is watched; ``state.watch`` tells."""
        if (now := self._open) is not None and now.watcher is not None:
            self.do("Watching", watching(now.watcher, on=on))

    def note_uses(self, uses: Sequence[tuple[str, str]], *, host: str) -> None:
        """Count uses, each an id with its kind (opened, placed, ...); nothing is told of it."""
        if uses and not self._state.read_only:
            self.do("Noting the use", usage.noting(tuple(uses), host))

    def note_saved(self, path: str, *, host: str) -> None:
        """Count that the host has saved this file, where it is an asset."""
        if not self._state.read_only:
            self.do("Noting the use", usage.noting_saved(path, host))

    def look_at_usage(self) -> None:
        """Count what was used, for ``state.usage``."""
        self._upkeep("Counting uses", usage.counting)

    def switch_usage(self, *, on: bool) -> None:
        """Have uses noted, or not."""
        self._upkeep("Uses", usage.switching, on=on)

    def forget_usage(self) -> None:
        """Remove all uses that were noted, for good."""
        self._upkeep("Forgetting uses", usage.forgetting)

    def log(self, then: Callable[[str], Any]) -> None:
        """Have :meth:`pump` call ``then`` with what happened, and what the worker printed.

        Without an open library, and where its disk does not answer, it is called at once.
        """
        if self._open is None or self._state.waits is not None:
            then(self._journal.text())
        else:
            work, told = upkeep.reading_log(self._journal.text, then)
            self.do("Reading the log", work, told)

    def note(self, text: str, details: str = "") -> None:
        """Write something of the host's own into the log."""
        self._journal.note(text, details)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What went wrong in this session, each kind once, the newest first."""
        return self._journal.troubles()

    def keep_catalogs(self, *, on: bool) -> None:
        """Keep the library's catalogs and those of Blender's asset browser in step, or stop it.

        For as long as this library is open; ``docs/python.md`` tells of ``catalogs.bring_in_step``.
        """
        if (now := self._open) is not None and now.catalogs is not None:
            now.catalogs.keep(on=on)

    def pump(self) -> None:
        """Call what finished work has left to be called in this thread; see whether all answers."""
        now = self._now
        if now is None:
            return
        self._listen(now)
        for doer in now.doers:
            while (then := doer.finished()) is not None:
                then()

    def _listen(self, now: Opened) -> None:
        silent = now.waits_s() > _SILENT_S
        if silent and self._state.waits is None:
            error = Unavailable(
                f"the library at {self._state.path} does not answer",
                subject=self._state.path,
                hint="its disk or network share is away or busy; what was asked for is done when "
                "it is back",
            )
            self._update(now, {"waits": problem_of(error)})
        elif not silent and self._state.waits is not None:
            self._update(now, {"waits": None})
