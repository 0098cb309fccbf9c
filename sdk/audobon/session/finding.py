"""Searching as one types, pages, the chosen asset, and following what others do."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from audobon.errors import AudobonError, NotFound, QueryError, Unavailable
from audobon.model.asset import Asset
from audobon.session.lane import Lane
from audobon.session.state import Chosen, Found, Like, Notice, Problem, State, Wanted, problem_of

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.bundle import Bundle
    from audobon.model.job import JobRow

__all__ = ["Finder"]

TYPING_S = 0.12
"""Between two keys of somebody who types quickly; a search takes a tenth of that."""
_AHEAD_S = 0.1
"""After a page has come; whoever turns on at once does not wait for a look at another one."""
_TRIES = 3
_VERSIONS = 50
_OPEN = ("queued", "running")
_QUEUED = 20
# More waiting jobs than fit in a panel are not looked at.
_KEPT_FAILURES = 5
_WORKER_S = 5.0
# Between two looks whether somebody does what waits; the worker of another host may have left.
_FORWARD = {"uses": "uses", "derived_from": "derived from", "variant_of": "variant of"}
_BACKWARD = {"uses": "used by", "derived_from": "made into", "variant_of": "variant of"}

Update = Callable[..., None]


class Finder:
    """Asks one open library, on one lane, and tells ``update`` what it found.

    A search whose question has been replaced is forgotten. Each second of
    ``follow_s`` it looks whether anything has changed, in whatever process,
    and asks again if so.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        update: Update,
        state: Callable[[], State],
        *,
        follow_s: float,
        gone: Callable[[Problem], None],
        expect: Callable[[Sequence[Asset]], None] = lambda _: None,
        changed: Callable[[int], None] = lambda _clock: None,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        self._library = library
        self._lane = lane
        self._update = update
        self._state = state
        self._follow_s = follow_s
        self._gone = gone
        self._expect = expect
        self._way = 0
        self._changed = changed
        self._looked = looked
        self._lock = threading.Lock()
        self._wanted = Wanted()
        self._page = 0
        self._asked = 0
        # Where each page begins; the first begins nowhere.
        self._borders: list[str | None] = [None]
        self._clock = -1
        self._choice: str | None = None
        self._active: dict[int, str] = {}
        self._file = ""
        self._seen: set[str] = set()
        self._like: Like | None = None
        self._newest = ""
        self._worker_at = 0.0
        self._first = True

    def begin(self, wanted: Wanted) -> None:
        """The first look, and from then on again and again."""
        self._wanted = wanted
        self._lane.put(self._follow, key="follow")

    def look(self) -> None:
        """Look at once whether something has changed."""
        self._lane.put(self._follow, key="follow")

    def search(self, wanted: Wanted) -> None:
        """Ask for something else: at once for a filter, after a moment while text is typed."""
        typed = wanted.text != self._wanted.text
        self._way = 0
        self._expect(())
        self._ask(wanted, 0, delay_s=TYPING_S if typed else 0.0)

    def turn(self, pages: int) -> None:
        """Go some pages on or back, as far as there are any."""
        found = self._state().found
        last = self._page if not found.more else self._page + 1
        self._way = (pages > 0) - (pages < 0)
        self._ask(self._wanted, max(0, min(self._page + pages, last)))

    def show_like(self, like: Like | None) -> None:
        """Show what looks like something, the most alike first; None for everything again."""
        with self._lock:
            self._like, self._borders = like, [None]
        self._update(like=like)
        self._ask(self._wanted, 0)

    def choose(self, ident: str | None) -> None:
        """Look closely at an asset, or at none."""
        known = [asset for asset in self._state().found.assets if asset.id == ident]
        with self._lock:
            self._choice, before = ident, self._state().chosen
            # Chosen again it keeps what is known of it: nothing in a panel comes and goes.
            if ident is None:
                self._update(chosen=None)
            elif known and (before is None or before.asset.id != ident):
                self._update(chosen=Chosen(known[0]))
        if ident is not None:
            self._lane.put(lambda: self._choose(ident), key="choose")

    @property
    def file(self) -> str:
        """The path that :meth:`follow_file` was told last."""
        return self._file

    def follow_file(self, path: str, host: str = "") -> None:
        """Tell of the asset at ``path`` from now on; cheap when it is followed already."""
        if path != self._file:
            self._file = path
            if host and path not in self._seen:
                self._seen.add(path)
                self._lane.put(lambda: self._opened(path, host))
            self._lane.put(self._document, key="document")

    def _ask(self, wanted: Wanted, page: int, *, delay_s: float = 0.0) -> None:
        with self._lock:
            if wanted != self._wanted:
                self._borders = [None]
            self._wanted, self._page = wanted, page
            self._asked += 1
        self._update(searching=True)
        self._lane.put(self._search, key="search", delay_s=delay_s)

    def _search(self) -> None:
        with self._lock:
            wanted, page, asked = self._wanted, self._page, self._asked
            after = self._borders[page] if page < len(self._borders) else None
            page = page if after is not None or self._like is not None else 0
        found = self._find(wanted, page, after)
        with self._lock:
            if asked != self._asked:
                return  # somebody has typed on; that search is waiting already
            self._page = found.page
        self._update(found=found, searching=False)
        if self._way and self._like is None and found.problem is None:
            self._lane.put(self._look_ahead, key="ahead", delay_s=_AHEAD_S)

    def _look_ahead(self) -> None:
        """Tell whose pictures are seen next if somebody turns on the way of the last turn."""
        with self._lock:
            wanted, page = self._wanted, self._page + self._way
            there = self._way and 0 <= page < len(self._borders) and self._like is None
            after = self._borders[page] if there else None
        if there and not self._lane.waits("search"):
            with contextlib.suppress(AudobonError, ImportError):
                answer = self._library.search(
                    wanted.query, wanted.limit, after, wanted.sort, typing=True, loosely=True
                )
                self._expect(tuple(hit.asset for hit in answer.hits))

    def _find(self, wanted: Wanted, page: int, after: str | None) -> Found:
        like = self._like
        try:
            if like is not None:
                return self._alike(like, wanted, page)
            answer = self._library.search(
                *(wanted.query, wanted.limit, after, wanted.sort, ("kind",)),
                typing=True,
                loosely=True,
            )
        except QueryError as error:
            # What was found before stays, so that a half-typed query does not empty the grid.
            before = self._state().found
            error.position = max(0, error.position - len(wanted.filters))
            return evolve(before, wanted=wanted, problem=problem_of(error))
        except (AudobonError, ImportError) as error:
            return Found(wanted, problem=problem_of(error))
        with self._lock:
            self._borders[page + 1 :] = [answer.next] if answer.next else []
        assets = tuple(hit.asset for hit in answer.hits)
        return Found(
            wanted,
            assets,
            answer.total,
            page,
            answer.next is not None,
            answer.notes,
            tuple(answer.facets.get("kind", ())),
            whys={hit.asset.id: hit.why for hit in answer.hits if hit.why},
        )

    def _alike(self, like: Like, wanted: Wanted, page: int) -> Found:
        """A page of what looks alike and matches what was asked for besides, in its order."""
        passing = set(self._library.find_ids(wanted.query)) if wanted.query.strip() else None
        ids = [each for each in like.ids if passing is None or each in passing]
        page = min(page, max(0, (len(ids) - 1) // wanted.limit))
        assets = []
        for ident in ids[page * wanted.limit : (page + 1) * wanted.limit]:
            with contextlib.suppress(NotFound):
                assets.append(self._library.get(ident))
        more = len(ids) > (page + 1) * wanted.limit
        return Found(wanted, tuple(assets), len(ids), page, more)

    def _choose(self, ident: str) -> None:
        try:
            early = self._at_once(ident)
            self._show(ident, early)
            found = self._with_versions(early)
        except NotFound:  # or removed, maybe just now
            self._show(ident, None)
            return
        if not self._lane.waits("choose"):
            self._show(ident, found)

    def _show(self, ident: str, chosen: Chosen | None) -> None:
        """Unless something else was chosen meanwhile: an answer that comes late undoes nothing."""
        with self._lock:
            if self._choice == ident:
                self._update(chosen=chosen)

    def _at_once(self, ident: str) -> Chosen:
        """What the catalog has of it at one moment, so that no tag is neither suggested nor there.

        Somebody who writes all the time does not hold this up: the last try is taken as it is.
        """
        for _ in range(_TRIES):
            clock = self._library.clock
            asset = self._library.get(ident)
            seen = Chosen(
                asset,
                self._related(asset),
                suggestions=self._library.suggestions(asset),
                textures=self._library.texture_set(asset),
                bundle=self._bundle(asset),
            )
            if self._library.clock == clock:
                break
        return seen

    def _bundle(self, asset: Asset) -> Bundle | None:
        try:
            return self._library.bundle(asset)
        except AudobonError:  # somebody writes for long, or the disk is full: another time
            return None

    def _with_versions(self, chosen: Chosen) -> Chosen:
        """The same with its versions, or with the reason why they cannot be read."""
        try:
            versions = self._library.log(chosen.asset, _VERSIONS)
            contents = self._library.contents_at(chosen.asset, [each.id for each in versions])
        except NotFound:
            raise
        except (AudobonError, ImportError) as error:
            return evolve(chosen, complete=True, problem=problem_of(error))
        return evolve(chosen, versions=versions, contents=contents, complete=True)

    def _opened(self, path: str, host: str) -> None:
        if not self._library.read_only:
            with contextlib.suppress(NotFound):
                self._library.record_use(path, "opened", host=host)

    def _document(self) -> None:
        found = None
        if self._file:
            with contextlib.suppress(NotFound):
                found = self._with_versions(Chosen(self._library.get(self._file)))
        self._update(document=found)

    def _related(self, asset: Asset) -> tuple[tuple[str, Asset], ...]:
        found = []
        for edge in self._library.related(asset, recorded=True):
            forward = edge.src == asset.id
            words = _FORWARD if forward else _BACKWARD
            other = self._library.get(edge.dst if forward else edge.src)
            found.append((words.get(edge.kind, edge.kind), other))
        return tuple(found)

    def _follow(self) -> None:
        try:
            self._look()
        finally:
            self._lane.put(self._follow, key="follow", delay_s=self._follow_s)

    def _look(self) -> None:
        # Not the folder: a worker that has not noticed yet may make it again, and nothing in it.
        # And a share that is cut off has no files, which os.path tells without an error.
        if not os.path.isfile(self._library.state_path / "library.toml"):
            path = str(self._library.path)
            error = Unavailable(
                f"the library at {path} is gone",
                subject=path,
                hint="connect its disk or put its folder back, then open it again",
            )
            self._gone(problem_of(error))
            return
        clock, newest = self._library.clock, self._newest_version()
        if clock != self._clock:
            self._words()
            self._search()
        if (clock, newest) != (self._clock, self._newest):
            self._clock, self._newest = clock, newest
            chosen = self._state().chosen
            if chosen is not None:
                self._choose(chosen.asset.id)
            self._document()
            self._changed(clock)
        self._jobs()
        self._looked()

    def _newest_version(self) -> str:
        """A version that others make is no change of the catalog, so it is asked for apart."""
        state = self._state()
        if state.chosen is None and state.document is None and not self._file:
            return ""  # nobody looks at the history: it stays unopened
        return self._library.head_mark

    def _words(self) -> None:
        tags = sorted(self._library.tags.list(), key=lambda tag: (-tag.count, tag.name))
        catalogs = self._library.catalogs.list()
        self._update(
            tags=tuple((tag.name, tag.count) for tag in tags),
            catalogs=tuple((item.path, item.total) for item in catalogs),
            sets=tuple((item.name, item.query) for item in self._library.sets.list()),
        )

    def _jobs(self) -> None:
        running = self._library.jobs("running", limit=_QUEUED)
        rows = [job.row for job in (*running, *self._library.jobs("queued", limit=_QUEUED))]
        active = tuple(row for row in rows if row.state in _OPEN)
        self._see_to(active)
        state = self._state()
        # One that had failed may be queued again and done between two questions.
        if active != state.jobs or self._first or state.failed:
            self._first = False
            failed = tuple(job.row for job in self._library.jobs("failed", limit=_QUEUED))
            if (active, failed) != (state.jobs, state.failed):
                self._update(jobs=active, failed=failed)
        before, self._active = self._active, {row.id: row.kind for row in active}
        for ident in sorted(before.keys() - self._active.keys()):
            if not self._ended(ident, before[ident]):
                self._active[ident] = before[ident]

    def _see_to(self, active: tuple[JobRow, ...]) -> None:
        """Have somebody do what was left in the queue, by a host that has ended, say."""
        now = time.monotonic()
        if active and not self._library.read_only and now - self._worker_at >= _WORKER_S:
            self._worker_at = now
            self._library.start_worker()

    def _ended(self, ident: int, kind: str) -> bool:
        """Tell how a job ended that is not among the others any more; whether it has.

        It has not where it began or went back to the queue between the two questions, and where
        more wait than are looked at.
        """
        try:
            row = self._library.job(ident).row
        except NotFound:  # it went with a purge, which is an end like any other
            if "preview" not in kind:
                gone = f"{kind}: what it was for is removed for good"
                self._update(notice=Notice(-self._state().number, gone))
            return True
        if row.state in _OPEN:
            return False
        # A picture that cannot be made is told where the picture would be.
        if row.state != "failed" or row.error is None or "preview" in row.kind:
            return True
        details = f"job {row.id}: {row.kind}"
        problem = Problem(row.error[1], row.hint, row.error[0], details)
        failures = (Notice(row.id, row.kind, problem), *self._state().failures)
        self._update(failures=failures[:_KEPT_FAILURES])
        return True
