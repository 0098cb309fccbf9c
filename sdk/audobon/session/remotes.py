"""What a host asks of remotes: each call returns at once, and the state tells.

All of it goes over a line or to another disk, one after another, as ``state.transfer``. A
failure is a notice, in a sentence. No passphrase and no recovery key is ever part of the state.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from audobon.errors import AudobonError, Busy, Conflict, NotFound
from audobon.model.remote import FetchReport
from audobon.session.history import merged_text, watching_file
from audobon.session.unread import Partly
from audobon.session.upkeep import size_text

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.remote import PullReport, PushReport
    from audobon.session.doing import Report
    from audobon.session.opened import Opened

__all__ = ["SessionRemotes"]

Then = Callable[[], None]


class SessionRemotes:
    """The part of a session that is about remotes; reached as ``Session.remotes``."""

    def __init__(
        self,
        transfer: Callable[..., None],
        opened: Callable[[], Opened | None],
        plan_merge: Callable[[str], None],
    ) -> None:
        self._transfer = transfer
        self._opened = opened
        self._plan_merge = plan_merge

    def watch(self) -> None:
        """Somebody looks at the panel: ``state.remotes`` is kept up to date for some seconds."""
        now = self._opened()
        if now is not None and now.remoter is not None:
            now.remoter.watch()

    def _tell(self, **changes: Any) -> None:
        now = self._opened()
        if now is not None and now.remoter is not None:
            now.remoter.tell(**changes)

    # Which there are

    def add(
        self,
        name: str,
        url: str,
        passphrase: str | None = None,
        *,
        then: Callable[[str], None] | None = None,
        otherwise: Then | None = None,
    ) -> None:
        """Give a folder's path or a ``gs://`` address a name; nothing is sent yet.

        With a passphrase an empty place is encrypted, and one that is gets opened. ``then`` is
        told the recovery key, which nobody can tell again, or nothing where none was made.
        """
        told: list[str] = []

        def work(library: Library, _report: Report) -> str:
            made = library.remotes.add(name, url, passphrase or None)
            told.append(made.recovery)
            return f"{made.name} is {made.url}" + ", encrypted" * made.encrypted

        done = None if then is None else lambda: then(told.pop())
        self._transfer(f"Adding {name}", work, done, otherwise)

    def remove(self, name: str) -> None:
        """Forget a remote; what lies there stays."""

        def work(library: Library, _report: Report) -> str:
            gone = library.remotes.remove(name)
            return f"{gone.name} is forgotten; {gone.url} stays as it is"

        self._transfer(f"Forgetting {name}", work)

    def unlock(
        self,
        name: str,
        passphrase: str,
        *,
        then: Then | None = None,
        otherwise: Then | None = None,
    ) -> None:
        """Give the passphrase of an encrypted remote; the keyring keeps it where there is one."""

        def work(library: Library, _report: Report) -> str:
            kept = library.remotes.unlock(name, passphrase)
            return f"{name} is open" + ", and its passphrase is kept" * kept

        self._transfer(f"Opening {name}", work, then, otherwise)

    # What goes there and comes from there

    def estimate(self, name: str) -> None:
        """Ask a remote how much a push would send; ``state.remotes.estimate`` tells."""

        def work(library: Library, report: Report) -> None:
            with self._told_to_pull(name):
                planned = library.push(
                    name, dry_run=True, progress=report.progress, cancel=report.cancelled
                )
            self._tell(estimate=planned)

        self._transfer(f"Asking {name}", work)

    def forget_estimate(self) -> None:
        """It is not wanted any more."""
        self._tell(estimate=None)

    def push(self, name: str) -> None:
        """Send what a remote lacks of the current branch and of tags.

        Refused, with everything as it was, where it has versions that are not here:
        ``state.remotes.pull_first`` names it then.
        """

        def work(library: Library, report: Report) -> str:
            with self._told_to_pull(name):
                done = library.push(name, progress=report.progress, cancel=report.cancelled)
            self._tell(estimate=None)
            return _pushed(done)

        self._transfer(f"Pushing to {name}", work)

    def pull(
        self, name: str, *, force: bool = False, then: Callable[[bool], None] | None = None
    ) -> None:
        """Take in what a remote has and merge its branch into the current one.

        A recovery point is kept first. What must be decided is in ``state.past.merge``, as of
        any merge; where uncommitted work is in the way ``state.past.plan`` is the merge of what
        came, and ``force`` keeps that work in a rescue version. ``then`` is told by ``pump``
        whether the file that the host has open is another one now.
        """

        def work(library: Library, report: Report) -> str:
            library.keep_point(
                f"Pulling from {name}", progress=report.progress, cancel=report.cancelled
            )
            try:
                done = library.pull(
                    name, force=force, progress=report.progress, cancel=report.cancelled
                )
            except Conflict as error:
                if not isinstance(error, Busy):
                    self._show_plan(library, name)
                raise
            self._tell(pull_first="", estimate=None)
            return _pulled(done)

        self._transfer(f"Pulling from {name}", *watching_file(self._opened(), work, then))

    def fetch(
        self, idents: Sequence[str], *, then: Then | None = None, otherwise: Then | None = None
    ) -> None:
        """Bring the files of these assets that are only at a remote."""
        wanted = tuple(idents)
        self._bring(lambda _library: list(wanted), then, otherwise)

    def fetch_first(self, idents: Sequence[str], then: Then, otherwise: Then | None = None) -> None:
        """Have the files of these assets here, and those that they link, and call ``then``.

        Of files that are here already nothing is told. Where one cannot be had, because its remote
        cannot be reached or it was cancelled, a notice says so and ``otherwise`` is called. Both
        are called by ``pump``.
        """
        wanted = tuple(idents)

        def work(library: Library, report: Report) -> str | None:
            done = _bring_with_linked(library, wanted, report)
            if not done.written:
                return None
            library.start_worker()
            return _fetched(done)

        self._transfer("Fetching", work, then, otherwise)

    def fetch_found(self, query: str = "", *, then: Then | None = None) -> None:
        """Bring the files of all that a query finds, or of all that are only at a remote."""
        self._bring(lambda library: _away(library, query), then, None)

    def _bring(
        self,
        which: Callable[[Library], list[str]],
        then: Then | None,
        otherwise: Then | None,
    ) -> None:
        def work(library: Library, report: Report) -> str:
            done = library.fetch(which(library), progress=report.progress, cancel=report.cancelled)
            library.start_worker()
            return _fetched(done)

        self._transfer("Fetching", work, then, otherwise)

    def _show_plan(self, library: Library, name: str) -> None:
        """Work in the way is told by the page of merges, which can go on in spite of it."""
        with contextlib.suppress(AudobonError):
            there = f"{name}/{library.remotes.state(name).branch}"
            if library.plan_merge(there).blocked:
                self._plan_merge(there)

    @contextlib.contextmanager
    def _told_to_pull(self, name: str) -> Any:
        try:
            yield
        except Conflict as error:
            if not isinstance(error, Busy):
                self._tell(pull_first=name, estimate=None)
            raise


def _away(library: Library, query: str) -> list[str]:
    return list(library.find_ids(f"({query}) state:remote" if query.strip() else "state:remote"))


def _bring_with_linked(library: Library, idents: Sequence[str], report: Report) -> FetchReport:
    """Files that are only at a remote, and what is named in them: a scene without it is half.

    NotFound for one of ``idents`` that no remote has; of what is linked it may be lacking.
    """
    written, size, lacking = list[str](), 0, list[str]()
    wanted, known = list(idents), set(idents)
    while wanted:
        away = [one for one in map(library.get, wanted) if one.state == "remote"]
        wanted = []
        if not away:
            break
        done = library.fetch(away, progress=report.progress, cancel=report.cancelled)
        for one in away:
            if one.digest in done.lacking and one.id in idents:
                raise NotFound(
                    f"{one.name} is at no remote",
                    subject=one.path,
                    hint="ask whoever has it to push, or add the remote that has it",
                )
        written += done.written
        size += done.bytes
        lacking += done.lacking
        for one in away:
            with contextlib.suppress(AudobonError):  # it came; what it names is told elsewhere
                linked = [link.asset for link in library.links(one).uses if link.asset is not None]
                fresh = [each.id for each in linked if each.id not in known]
                wanted += fresh
                known.update(fresh)
    return FetchReport(tuple(written), size, tuple(lacking))


def _pushed(done: PushReport) -> str:
    if done.nothing:
        return f"{done.name} has everything"
    what = f"{_counted(done.versions, 'version')}, {_counted(done.files, 'file')}{_results(done)}"
    text = f"Sent to {done.name}: {what}, {size_text(done.bytes)}"
    if done.lacking:
        return Partly(f"{text}; {_counted(len(done.lacking), 'file')} neither here nor there")
    held = f"; {', '.join(done.held)}: locked by somebody else too" if done.held else ""
    return text + held


def _pulled(done: PullReport) -> str:
    what = f"{_counted(done.versions, 'version')} new, {size_text(done.bytes)}"
    new = done.versions or done.results
    text = f"From {done.name}: {what}{_results(done)}" if new else f"Nothing new at {done.name}"
    if done.merge is not None and done.merge.kind != "nothing":
        text = f"{text}; {merged_text(done.merge)}"
    if done.lacking:
        return Partly(f"{text}; {_counted(len(done.lacking), 'file')} not there")
    return text


def _results(done: PushReport | PullReport) -> str:
    return f", {_counted(done.results, 'result')} of local AI" if done.results else ""


def _fetched(done: FetchReport) -> str:
    if not done.written and not done.lacking:
        return "Everything is here already"
    text = f"{_counted(len(done.written), 'file')} fetched, {size_text(done.bytes)}"
    if done.lacking:
        return Partly(f"{text}; {_counted(len(done.lacking), 'file')} at no remote")
    return text


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
