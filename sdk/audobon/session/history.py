"""What a host asks of history: each call returns at once, and a recovery point precedes a risk.

Switching, merging, restoring and going back keep everything as it is aside
first (``Library.keep_point``). ``then`` is called by ``Session.pump`` when
such a thing has succeeded, and told whether the file that the host has open
(``Session.follow_file``) is another one on the disk than before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.errors import NotFound
from audobon.model.merge import MergeReport
from audobon.session.asides import lent_path, page_path
from audobon.session.doing import Report
from audobon.session.historian import Historian
from audobon.session.state import State

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.version import Pointer
    from audobon.session.opened import Opened

__all__ = ["SessionHistory", "merged_text", "watching_file"]

Then = Callable[[bool], None]
Do = Callable[..., None]


class SessionHistory:
    """The part of a session that is about history; reached as ``Session.history``."""

    def __init__(
        self, do: Do, opened: Callable[[], Opened | None], state: Callable[[], State]
    ) -> None:
        self._do = do
        self._opened = opened
        self._state = state

    @property
    def _historian(self) -> Historian | None:
        now = self._opened()
        return None if now is None else now.historian

    # What is looked at

    def watch(self) -> None:
        """Somebody looks at the panel: ``state.past`` is kept up to date for some seconds."""
        if (historian := self._historian) is not None:
            historian.watch()

    def follow_linked(self, paths: Sequence[str], *, read_again: bool = False) -> None:
        """Say which files the host's document is linked to; ``read_again`` after it was opened.

        ``state.past.linked`` tells of which there is something newer.
        """
        if (historian := self._historian) is not None:
            historian.follow_linked(tuple(paths), read_again=read_again)

    def linked_read(self, path: str) -> None:
        """The host has read a linked file again."""
        if (historian := self._historian) is not None:
            historian.linked_read(path)

    def hold(self, paths: Sequence[str], program: str) -> None:
        """Lock the assets at ``paths`` and no others until another call; cheap when it is so."""
        now = self._opened()
        if now is not None and now.keeper is not None:
            now.keeper.hold(paths, program)

    def plan(self, what: str, name: str) -> None:
        """What a ``switch`` or ``merge`` would do; in ``state.past.plan``."""
        if (historian := self._historian) is not None:
            historian.plan(what, name)

    def forget_plan(self) -> None:
        """The plan is not wanted any more."""
        if (historian := self._historian) is not None:
            historian.forget_plan()

    def compare(self, ident: str, a: str, b: str, *, size: int = 256) -> None:
        """What changed in an asset between two revisions; in ``state.past.changes``.

        Pictures have at most ``size`` pixels on their longest side.
        """
        if (historian := self._historian) is not None:
            historian.compare(ident, a, b, size)

    def forget_changes(self) -> None:
        """The comparison is not wanted any more."""
        if (historian := self._historian) is not None:
            historian.forget_changes()

    def look_at(self, ident: str, revision: str) -> None:
        """Write a version of a scene aside and read what is in it; in ``state.past.old``."""
        if (historian := self._historian) is not None:
            historian.look_at(ident, revision)

    def forget_old(self) -> None:
        """The version that was written aside is not wanted any more."""
        if (historian := self._historian) is not None:
            historian.forget_old()

    # What is done

    def switch(self, name: str, *, force: bool = False, then: Then | None = None) -> None:
        """Switch to a branch; with ``force`` work in the way is kept in a rescue version."""

        def work(library: Library, report: Report) -> str:
            done = library.switch(
                name, force=force, progress=report.progress, cancel=report.cancelled
            )
            return f"On the branch {name} now{_rescued(done.rescued)}"

        self.forget_plan()
        self._risky(f"Switching to {name}", work, then)

    def merge(self, name: str, *, force: bool = False, then: Then | None = None) -> None:
        """Take a branch into the current one; what must be decided is in ``state.past.merge``."""

        def work(library: Library, report: Report) -> str:
            done = library.merge(
                name, force=force, progress=report.progress, cancel=report.cancelled
            )
            return merged_text(done)

        self.forget_plan()
        self._risky(f"Merging {name}", work, then)

    def resolve(
        self,
        conflicts: Sequence[str],
        take: str,
        *,
        whole: bool = False,
        force: bool = False,
        then: Then | None = None,
    ) -> None:
        """Decide conflicts of the open merge; the last decision finishes it.

        ``force`` as for :meth:`merge`, for work that got in the way meanwhile.
        """
        chosen = list(conflicts)

        def work(library: Library, report: Report) -> str | None:
            merge = library.open_merge()
            if merge is not None and not {one.id for one in merge.conflicts} - set(chosen):
                library.keep_point("Finishing a merge", cancel=report.cancelled)
                if force:
                    library.merge(merge.name, force=True, cancel=report.cancelled)
            done = library.resolve(
                chosen, take, whole=whole, progress=report.progress, cancel=report.cancelled
            )
            return merged_text(done) if done.merged else None

        self._moving("Deciding", work, then)

    def abort_merge(self, *, then: Then | None = None) -> None:
        """End the open merge; everything is as before it."""

        def work(library: Library, _report: Report) -> str:
            library.abort_merge()
            return "The merge is ended; everything is as before it"

        self._moving("Ending the merge", work, then)

    def add_branch(self, name: str, *, switch: bool = False) -> None:
        """Make a branch where the current one stands; with ``switch`` go on there.

        Nothing of the files changes by it, so work that is uncommitted comes along.
        """

        def work(library: Library, report: Report) -> str:
            library.branch(name)
            if switch:
                library.switch(name, cancel=report.cancelled)
            return f"On the new branch {name} now" if switch else f"There is a branch {name} now"

        self._do("Making a branch", work)

    def remove_branch(self, name: str, *, force: bool = False) -> None:
        """Remove a branch; with ``force`` also one with versions that nothing else has."""

        def work(library: Library, _report: Report) -> str:
            gone = library.remove_branch(name, force=force)
            return f"The branch {name} is removed; it stood at the version {gone.id[:8]}"

        plan = self._state().past.plan
        if plan is not None and plan.name == name:
            self.forget_plan()
        self._do("Removing a branch", work)

    def restore(self, ident: str, revision: str, *, then: Then | None = None) -> None:
        """Put the file of an asset back as it was at a revision."""

        def work(library: Library, _report: Report) -> str:
            done = library.restore(ident, revision)
            note = f"; {done.note}" if done.note else ""
            return f"{done.path.name} is as it was in {revision[:8]}{note}"

        self._risky("Restoring a version", work, then)

    def go_back(self, point: str, *, then: Then | None = None) -> None:
        """Go back to a recovery point."""

        def work(library: Library, report: Report) -> str:
            done = library.go_back(point, progress=report.progress, cancel=report.cancelled)
            count = len(done.written) + len(done.removed)
            return f"Back on {done.name}: {count} files are as they were"

        self._moving("Going back", work, then)

    def take_out(self, ident: str, revision: str, *, then: Callable[[str], None]) -> None:
        """Write a version as a file of its own beside the present one; ``then`` is told its path.

        One that is there already with these bytes is taken.
        """
        made: list[str] = []

        def work(library: Library, _report: Report) -> str:
            asset = library.get(ident)
            target, there = _beside(library, asset.file, ident, revision)
            if not there:
                library.restore(asset, revision, target)
            made.append(str(target))
            return f"{target.name} is the version {revision[:8]}"

        self._do("Taking a version out", work, lambda: then(made[0]))

    def lend(
        self,
        ident: str,
        revision: str,
        *,
        then: Callable[[str], None],
        prepare: Callable[[str], None] | None = None,
    ) -> None:
        """Write a version out of the library; ``then`` is told its path, and it is gone after.

        ``prepare`` is told it first, on the session's thread, and may change the file.
        """
        made: list[Path] = []

        def work(library: Library, _report: Report) -> None:
            asset = library.get(ident)
            done = library.restore(asset, revision, _lent(library, asset.name))
            if prepare is not None:
                prepare(str(done.path))
            made.append(done.path)

        def lent() -> None:
            try:
                then(str(made[0]))
            finally:
                shutil.rmtree(made[0].parent, ignore_errors=True)

        self._do("Taking a version out", work, lent)

    def page(self, a: str, b: str, ident: str | None, *, then: Callable[[str], None]) -> None:
        """Write what changed as a page for a browser; ``then`` is told its path."""
        made: list[str] = []

        def work(library: Library, report: Report) -> None:
            path = page_path(ident or library.id, a, b, encrypted=library.encrypted)
            library.diff_page(path, a, b, ident, progress=report.progress, cancel=report.cancelled)
            made.append(str(path))

        self._do("Making a page of the changes", work, lambda: then(made[0]))

    def saved(self, path: str) -> None:
        """The host has saved its document: make a version of it, if it is one of the library's.

        Quiet when there is nothing to tell; a failure is a notice. A backup
        that the host has written beside it is none of the library's.
        """

        def work(library: Library, report: Report) -> str | None:
            from audobon.services.files.scan import is_ignored
            from audobon.session.unread import version_text, with_doubts

            try:
                library.get(path)
            except NotFound:
                if library.path not in Path(os.path.abspath(path)).parents:
                    return None
                if is_ignored(os.path.basename(path), folder=False):
                    return None
                library.add(path, cancel=report.cancelled)
            before = {version.id for version in library.log(limit=1)}
            name = os.path.basename(path)
            done = library.commit(
                f"Saved {name}", progress=report.progress, cancel=report.cancelled
            )
            library.start_worker()
            if done.id not in before:
                return version_text(done, f"Saved {name}")
            skipped = len(done.stats.skipped)
            return with_doubts("Nothing new to keep", skipped, ()) if skipped else None

        self._do("Making a version of what was saved", work)

    def _risky(self, name: str, work: Callable[[Library, Report], str], then: Then | None) -> None:
        """Something that overwrites files, after everything was kept aside."""

        def safely(library: Library, report: Report) -> str:
            library.keep_point(name, progress=report.progress, cancel=report.cancelled)
            return work(library, report)

        self._moving(name, safely, then)

    def _moving(
        self, name: str, work: Callable[[Library, Report], str | None], then: Then | None
    ) -> None:
        """Something that may change the file that the host has open."""
        self._do(name, *watching_file(self._opened(), work, then))


def watching_file(
    now: Opened | None, work: Callable[[Library, Report], str | None], then: Then | None
) -> tuple[Callable[[Library, Report], str | None], Callable[[], None] | None]:
    """The same work and ``then``, which is told whether the host's open file is another one now."""
    changed: list[bool] = []

    def watched(library: Library, report: Report) -> str | None:
        file = now.finder.file if now is not None and now.finder is not None else ""
        before = _stamp(file)
        text = work(library, report)
        library.start_worker()
        changed.append(_stamp(file) != before)
        return text

    return watched, None if then is None else lambda: then(changed[-1])


def _rescued(version: str) -> str:
    return f"; what was in the way is kept in the version {version[:8]}" if version else ""


def merged_text(done: MergeReport) -> str:
    """What became of a merge, in a sentence."""
    if not done.merged:
        count = len(done.conflicts)
        things = "1 thing" if count == 1 else f"{count} things"
        return f"{things} must be decided before {done.name} is merged; nothing is changed yet"
    if done.kind == "nothing":
        return f"Everything of {done.name} is here already"
    return f"{done.name} is merged{_rescued(done.rescued)}"


def _beside(library: Library, file: str, ident: str, revision: str) -> tuple[Path, bool]:
    """Where a version goes beside the present file, and whether it is there already."""
    present = Path(file)
    [content] = library.contents_at(ident, [revision])
    number = 1
    while True:
        again = f" {number}" if number > 1 else ""
        path = present.with_name(f"{present.stem} {revision[:8]}{again}{present.suffix}")
        if not path.exists():
            return path, False
        if content is not None and _has(path, content):
            return path, True
        number += 1


def _has(path: Path, content: Pointer) -> bool:
    """Whether a file has these bytes."""
    from audobon.services.core.fingerprint import content_digest

    return path.stat().st_size == content.size and content_digest(str(path))[0] == content.digest


def _stamp(file: str) -> Any:
    """What tells whether a file was written: its size, time and number; None for none."""
    try:
        state = os.stat(file)
    except OSError:
        return None
    return (state.st_size, state.st_mtime_ns, state.st_ino)


def _lent(library: Library, name: str) -> Path:
    return lent_path(library.id, name, encrypted=library.encrypted)
