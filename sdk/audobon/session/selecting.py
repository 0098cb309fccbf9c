"""Many assets at once: which are selected, and what is done with all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from audobon.errors import AudobonError, Conflict
from audobon.session.state import Found, Selection, Wanted
from audobon.session.views import FAVOURITE

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session.doing import Report, Work
    from audobon.session.lane import Lane

__all__ = ["MOST", "Gatherer", "Selecting", "Selector"]

MOST = 100_000
"""Assets that can be selected at once: their ids take 12 MB."""
_PART = 5000
# Ids that are gathered before another search has its turn; 100,000 of them take seconds.


class Selector:
    """Ids in the order in which they were selected, at most :data:`MOST`.

    ``active`` is the one that was touched last, where the keyboard goes on
    from; ``anchor`` is where a range begins. Not thread-safe: the session
    guards it.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._ids: dict[str, None] = {}
        self.active = ""
        self.anchor = ""
        self.full = False
        self.turn = 0

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._ids)

    def shown(self, found: Found) -> Selection:
        """What a panel draws, for the page that is shown; takes as long as the page has assets."""
        here = frozenset(asset.id for asset in found.assets if asset.id in self._ids)
        return Selection(len(self._ids), here, self.active, self.anchor, self.full, self.turn)

    def only(self, ident: str) -> None:
        self.replace([ident])
        self.active = self.anchor = ident

    def toggle(self, ident: str) -> None:
        if ident in self._ids:
            self.drop([ident])
        else:
            self.add([ident])
        self.active = self.anchor = ident

    def add(self, ids: Iterable[str]) -> None:
        """Select more; those over the limit are left out, and ``full`` says so."""
        self.turn += 1
        for ident in ids:
            if len(self._ids) >= self._most and ident not in self._ids:
                self.full = True
                return
            self._ids[ident] = None

    def replace(self, ids: Iterable[str]) -> None:
        self._ids = {}
        self.full = False
        self.add(ids)

    def drop(self, ids: Iterable[str]) -> None:
        """Select these no more."""
        self.turn += 1
        for ident in ids:
            self._ids.pop(ident, None)
            self.full = False

    def among(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of these that are selected."""
        return frozenset(ident for ident in ids if ident in self._ids)

    def keep(self, ids: Iterable[str]) -> None:
        """Let go of those that are not among ``ids``."""
        left = set(ids)
        self.turn += 1
        self._ids = {ident: None for ident in self._ids if ident in left}
        self.full = False

    def clear(self) -> None:
        self.replace(())
        self.active = self.anchor = ""


class Gatherer:
    """Collects the ids of all that is found, in its order, some at a time.

    Between two parts other searches have their turn. A later question
    replaces an earlier one.
    """

    def __init__(self, library: Library, lane: Lane, failed: Callable[[Exception], None]) -> None:
        self._library = library
        self._lane = lane
        self._failed = failed

    def gather(self, wanted: Wanted, then: Callable[[Sequence[str]], None]) -> None:
        """Call ``then`` with the ids on the lane's thread; returns at once."""
        ids: list[str] = []

        def part(after: str | None) -> None:
            try:
                page = self._library.search(
                    wanted.query, _PART, after, wanted.sort, typing=True, loosely=True
                )
            except AudobonError as error:
                self._failed(error)
                return
            ids.extend(hit.asset.id for hit in page.hits)
            if page.next is None:
                then(ids)
            else:
                self._lane.put(lambda: part(page.next), key="gather")

        self._lane.put(lambda: part(None), key="gather")


class Selecting:
    """What a session has selected, and its commands for all of it. Each returns at once.

    ``found`` is the page that is shown, ``do`` that of the session, ``gather``
    that of a :class:`Gatherer`; ``tell`` is given what has become of it.
    ``lock`` is that of the session: two locks could be taken in either order.
    """

    def __init__(
        self,
        lock: threading.RLock,
        found: Callable[[], Found],
        do: Callable[[str, Work, Callable[[], None] | None], None],
        gather: Callable[[Callable[[Sequence[str]], None]], None],
        tell: Callable[[Selection], None],
    ) -> None:
        self._found = found
        self._do = do
        self._gather = gather
        self._tell = tell
        self._selector = Selector()
        self._lock = lock

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of everything that is selected, in the order in which it was."""
        with self._lock:
            return self._selector.ids

    def on(self, found: Found) -> Selection:
        """What is to be drawn where this page is shown."""
        with self._lock:
            return self._selector.shown(found)

    def _told(self) -> None:
        self._tell(self._selector.shown(self._found()))

    def select(self, ident: str, how: str = "only") -> None:
        """Select an asset of the page: ``only`` it, ``toggle`` it, or the ``range`` up to it.

        A range begins at the asset that was selected last without one, on
        whichever page that is, and takes the place of what was selected.
        """
        with self._lock:
            chosen = self._selector
            if how == "toggle":
                chosen.toggle(ident)
            elif how == "range" and chosen.anchor and chosen.anchor != ident:
                self._range(chosen.anchor, ident)
                return
            else:
                chosen.only(ident)
            self._told()

    def change(
        self, add: Sequence[str], drop: Sequence[str] = (), *, active: str, only: bool = False
    ) -> None:
        """Select and let go of assets as a host's own list did; ``only`` these, or beside others.

        ``active`` is the one that was touched last.
        """
        with self._lock:
            if only:
                self._selector.replace(add)
            else:
                self._selector.drop(drop)
                self._selector.add(add)
            self._selector.active = active
            self._selector.anchor = self._selector.anchor or active
            self._told()

    def among(self, ids: Iterable[str]) -> frozenset[str]:
        """Which of these are selected."""
        with self._lock:
            return self._selector.among(ids)

    def _range(self, anchor: str, ident: str) -> None:
        on_page = [asset.id for asset in self._found().assets]

        def take(ids: Sequence[str]) -> None:
            places = {each: at for at, each in enumerate(ids)}
            if ident not in places:
                return
            # An anchor that is not found any more leaves the one asset.
            one, other = places.get(anchor, places[ident]), places[ident]
            part = ids[min(one, other) : max(one, other) + 1]
            with self._lock:
                self._selector.replace(part if one <= other else reversed(part))
                self._selector.active = ident
                self._told()

        if anchor in on_page:
            take(on_page)
        else:
            self._gather(take)

    def page(self) -> None:
        """Select everything on the page that is shown, beside what is selected."""
        with self._lock:
            self._selector.add([asset.id for asset in self._found().assets])
            self._told()

    def everything(self) -> None:
        """Select everything that is found, on all pages, in its order."""

        def take(ids: Sequence[str]) -> None:
            with self._lock:
                self._selector.replace(ids)
                self._told()

        self._gather(take)

    def invert(self) -> None:
        """Select what is found and not selected, instead of what is."""

        def take(ids: Sequence[str]) -> None:
            with self._lock:
                held = set(self._selector.ids)
                self._selector.replace(each for each in ids if each not in held)
                self._told()

        self._gather(take)

    def clear(self) -> None:
        """Select nothing."""
        with self._lock:
            self._selector.clear()
            self._told()

    def edit(self, name: str, **changes: Any) -> bool:
        """As ``Library.edit`` for all that is selected, as one undoable change.

        ``name`` is the label of the change. False, and nothing is done, when
        nothing is selected. What is not in the library any more is let go.
        """

        def work(library: Library, ids: Sequence[str]) -> int:
            return len(library.edit(ids, label=name, **changes).assets)

        return self._each(name, work)

    def favour(self, favour: bool | None = None) -> bool:
        """Make all that is selected favourites, or none of it.

        None makes them what the active asset is not.
        """
        if favour is None:
            found = {asset.id: asset for asset in self._found().assets}
            active = found.get(self._selector.active)
            favour = active is None or FAVOURITE not in active.tags
        names = [FAVOURITE]
        if favour:
            return self.edit("favourite", add_tags=names)
        return self.edit("no favourite", remove_tags=names)

    def remove(self, *, force: bool = False, refused: Callable[[str], None] | None = None) -> bool:
        """Take all that is selected out of the library, as one undoable change; files stay.

        What others use only with ``force``; else nothing is done and the notice names them.
        With ``refused`` it is no notice: that is called by ``pump`` with who uses what, to ask
        whether it is to be removed all the same.
        """
        used: list[str] = []

        def work(library: Library, ids: Sequence[str]) -> int | None:
            try:
                library.remove(ids, force=force)
            except Conflict as error:
                if refused is None:
                    raise
                used.append(error.message)
                return None
            self.clear()
            return len(ids)

        def told() -> None:
            if refused is not None and used:
                refused(used[0])

        return self._each("remove", work, told)

    def _each(
        self,
        name: str,
        work: Callable[[Library, Sequence[str]], int | None],
        then: Callable[[], None] | None = None,
    ) -> bool:
        ids = self.ids
        if not ids:
            return False

        def done(library: Library, report: Report) -> str | None:
            report.progress(0, len(ids), name)
            known = library.known(ids)
            if len(known) < len(ids):
                with self._lock:
                    self._selector.keep(known)
                    self._told()
            if not known:
                return f"{name}: nothing that is selected is in the library any more"
            report.progress(1, 2, name)
            count = work(library, known)
            if count is None:
                return None
            text = f"{name}: {count:,} {'asset' if count == 1 else 'assets'}"
            left = len(ids) - len(known)
            return f"{text}; {left:,} not in the library any more" if left else text

        self._do(name, done, then)
        return True
