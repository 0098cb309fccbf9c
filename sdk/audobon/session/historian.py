"""Looks at the history of one open library in the background, while somebody looks at its panel."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from audobon.errors import AudobonError, Cancelled
from audobon.model.merge import MergeReport
from audobon.session.asides import aside_folder, clear_aside
from audobon.session.lane import Lane
from audobon.session.past import Changes, Held, Linked, OldVersion, Past, Plan
from audobon.session.problem import problem_of
from audobon.session.telling import Telling

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.branch import SwitchPlan

__all__ = ["Historian"]

WATCHED_S = 5.0
"""A panel that was not drawn for so long is not seen by anybody."""
_LOOK_S = 1.0
# What another program does is to be seen within two seconds.

Stamp = tuple[int, int]


class Historian:
    """Branches, locks and links, looked at again and again; plans and comparisons on request.

    ``document`` gives the file that the host has open. ``tell`` changes
    ``state.past``, one caller after another. Of several plans, comparisons or
    old versions that are asked for, the last one of each is answered.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        update: Callable[..., None],
        past: Callable[[], Past],
        document: Callable[[], str],
    ) -> None:
        self._library = library
        self._lane = lane
        self._past = past
        self._document = document
        self.tell = Telling("past", update, past)
        self._ended = threading.Event()
        self._until = 0.0
        self._refs: object = None
        self._linked: tuple[str, ...] = ()
        self._stamps: dict[str, Stamp] = {}
        self._older: tuple[object, tuple[Linked, ...]] = (None, ())

    def end(self) -> None:
        """Have what is being looked at stop soon, and remove what was written aside."""
        self._ended.set()
        if self._past().old is not None:
            self._clear()

    def watch(self) -> None:
        """Somebody looks: go on looking for a while. Cheap."""
        fresh = time.monotonic() > self._until
        self._until = time.monotonic() + WATCHED_S
        if fresh:
            self.look()

    def look(self) -> None:
        """Look at once whether something has changed."""
        self._lane.put(self._look, key="history")

    def follow_linked(self, paths: tuple[str, ...], *, read_again: bool) -> None:
        """Say which files the host has linked; ``read_again`` where it has just read them all."""

        def begin() -> None:
            if read_again:
                self._stamps = {}
            self._linked = paths
            self._stamps = {path: self._stamps.get(path) or _stamp(path) for path in paths}
            self._look_at_links()

        self._lane.put(begin, key="" if read_again else "linked")

    def linked_read(self, path: str) -> None:
        """The host has just read this linked file again."""

        def forget() -> None:
            self._stamps[path] = _stamp(path)
            self._look_at_links()

        self._lane.put(forget)

    def plan(self, what: str, name: str) -> None:
        """Work out what a switch or a merge would do; None of both is one that is not wanted."""
        self.tell(plan=Plan(what, name))
        self._lane.put(lambda: self._plan(what, name), key="plan")

    def forget_plan(self) -> None:
        """The plan is not wanted any more."""
        self.tell(plan=None)

    def compare(self, ident: str, a: str, b: str, size: int) -> None:
        """Look at what changed in an asset between two revisions."""
        self.tell(changes=Changes(ident, a, b))
        self._lane.put(lambda: self._compare(ident, a, b, size), key="compare")

    def forget_changes(self) -> None:
        """The comparison is not wanted any more."""
        self.tell(changes=None)

    def look_at(self, ident: str, revision: str) -> None:
        """Write a version of a scene aside and read what is in it."""
        self.tell(old=OldVersion(ident, revision))
        self._lane.put(lambda: self._look_at(ident, revision), key="old")

    def forget_old(self) -> None:
        """The version that was written aside is not wanted any more."""
        self.tell(old=None)
        self._lane.put(self._clear, key="old")

    def _stops(self, key: str) -> Callable[[], bool]:
        return lambda: self._ended.is_set() or self._lane.waits(key)

    def _look(self) -> None:
        try:
            self._look_at_refs()
            self._look_at_locks()
            self._look_at_links()
        except (AudobonError, OSError) as error:
            self.tell(problem=problem_of(error))
        if time.monotonic() < self._until:
            self._lane.put(self._look, key="history", delay_s=_LOOK_S)

    def _look_at_refs(self) -> None:
        refs = _refs_stamp(self._library.state_path)
        if refs == self._refs:
            return
        library = self._library
        branches, points = library.branches(), library.recovery_points()
        self.tell(
            known=True,
            branches=branches,
            merge=library.open_merge(),
            points=points,
            problem=None,
        )
        self._refs = refs
        plan = self._past().plan
        if plan is not None and plan.ready:  # it was made for other versions
            self._plan(plan.what, plan.name)

    def _look_at_locks(self) -> None:
        from audobon.services.core.locking import described

        locks = self._library.locks()
        self.tell(
            locks=tuple(Held(one.asset_id, one.path, one.mine, described(one)) for one in locks)
        )

    def _look_at_links(self) -> None:
        found = []
        for path, read in self._stamps.items():
            now = _stamp(path)
            if now != read and now != (0, 0):
                found.append(Linked(path, "changed", path, Path(path).name, self._newest(path)))
        known = {one.path for one in found}
        found += [one for one in self._copies() if one.path not in known]
        self.tell(linked=tuple(found))

    def _newest(self, path: str) -> str:
        """The note of the newest version of a file, empty where it has none."""
        try:
            versions = self._library.log(self._library.get(path), 1)
        except AudobonError:
            return ""
        return _first_line(versions[0].message) if versions else ""

    def _copies(self) -> tuple[Linked, ...]:
        """Those that are copies of old versions; asked again when anything may have changed."""
        key = (self._linked, self._refs, tuple(self._stamps.items()))
        if not self._linked:
            return ()
        if self._older[0] != key:
            made = tuple(
                Linked(
                    one.path, "older", one.asset.file, one.asset.name, self._newest(one.asset.id)
                )
                for one in self._library.newer(self._linked)
            )
            self._older = (key, made)
        return self._older[1]

    def _plan(self, what: str, name: str) -> None:
        plan = Plan(what, name, ready=True)
        report: SwitchPlan | MergeReport
        try:
            if what == "merge":
                report = merge = self._library.plan_merge(name)
                plan = evolve(plan, conflicts=len(merge.conflicts), kind=merge.kind)
            else:
                report = self._library.plan_switch(name)
            plan = evolve(
                plan,
                written=report.written,
                removed=report.removed,
                edited=report.edited,
                blocked=report.blocked,
                document=self._fate(report),
            )
        except (AudobonError, OSError) as error:
            plan = evolve(plan, problem=problem_of(error))
        wanted = self._past().plan
        if wanted is not None and (wanted.what, wanted.name) == (what, name):
            self.tell(plan=plan)

    def _fate(self, report: SwitchPlan | MergeReport) -> str:
        """What would become of the file that the host has open."""
        path = self._document()
        if not path:
            return ""
        try:
            asset = self._library.get(path)
        except AudobonError:
            return ""
        shown = f"{asset.root}/{asset.path}"
        if shown in report.written:
            return "written"
        return "removed" if shown in report.removed else ""

    def _compare(self, ident: str, a: str, b: str, size: int) -> None:
        made, stops = Changes(ident, a, b, ready=True), self._stops("compare")
        try:
            found = self._library.diff_details(a, b, ident, size=size, cancel=stops)
            made = evolve(made, details=next(iter(found), None))
        except Cancelled:
            return
        except (AudobonError, OSError) as error:
            made = evolve(made, problem=problem_of(error))
        wanted = self._past().changes
        if wanted is not None and (wanted.ident, wanted.a, wanted.b) == (ident, a, b):
            self.tell(changes=made)

    def _clear(self) -> None:
        clear_aside(self._library.id, encrypted=self._library.encrypted)

    def _look_at(self, ident: str, revision: str) -> None:
        made, stops = OldVersion(ident, revision, ready=True), self._stops("old")
        try:
            self._clear()
            asset = self._library.get(ident)
            aside = aside_folder(self._library.id, encrypted=self._library.encrypted)
            folder = aside / revision[:12]
            done = self._library.restore(asset, revision, folder / asset.name)
            made = evolve(made, path=str(done.path), name=asset.name, stamp=_stamp(str(done.path)))
            made = evolve(made, offers=self._library.offers_in(done.path, cancel=stops))
            made = evolve(made, check=self._library.scripts_in(done.path, cancel=stops))
        except Cancelled:
            return
        except (AudobonError, OSError) as error:
            made = evolve(made, problem=problem_of(error))
        wanted = self._past().old
        if wanted is not None and (wanted.ident, wanted.revision) == (ident, revision):
            self.tell(old=made)


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""


def _stamp(path: str) -> Stamp:
    """The size and the time of a file, (0, 0) when it is gone."""
    try:
        state = os.stat(path)
    except OSError:
        return (0, 0)
    return (state.st_size, state.st_mtime_ns)


def _refs_stamp(state: Path) -> object:
    """Another value whenever a branch, the current one, a merge or a point may have changed."""
    git = state / "history.git"
    files = [git / "HEAD", git / "packed-refs", state / "merge.json", state / "recovery.json"]
    found = [_stamp(str(path)) for path in files]
    for folder, _, names in os.walk(git / "refs" / "heads"):
        found += [_stamp(folder), *(_stamp(os.path.join(folder, name)) for name in sorted(names))]
    return tuple(found)
