"""What a host asks about removing assets for good: first the plan, then the deed.

Both wait for others who write in the library, however long that takes, and can be cancelled until
something is removed. Nothing of a notice or of the log names an asset: what is purged is to stand
nowhere. ``audobon.panel.purging`` says it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve, frozen

from audobon.errors import Invalid
from audobon.session.unread import Partly

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.purge import PurgeReport
    from audobon.session.doing import Report
    from audobon.session.opened import Opened

__all__ = ["NO_PURGE", "REMOVING", "PurgeSeen", "SessionPurging"]

PLANNING = "Looking what would go"
REMOVING = "Removing for good"
"""What they are called while they last."""


@frozen(slots=True)
class PurgeSeen:
    """What is known of a purge.

    ``idents`` are the assets, ``plan`` what would go, None until it is known, and ``typed`` what a
    person has to type before: the asset's name, or how many there are. It is purged at ``remotes``
    as well, and where snapshots go by themselves where ``snapshots`` says so; with ``keep_files``
    the files stay. ``done`` is what came of it, with the proof. ``cut_off`` says that an earlier
    one did not come to its end, and has to be finished first.
    """

    idents: tuple[str, ...] = ()
    typed: str = ""
    remotes: tuple[str, ...] = ()
    snapshots: bool = False
    keep_files: bool = False
    plan: PurgeReport | None = None
    done: PurgeReport | None = None
    cut_off: bool = False


NO_PURGE = PurgeSeen()
"""Nobody has asked."""


class SessionPurging:
    """The part of a session that removes for good; reached as ``Session.purging``."""

    def __init__(self, transfer: Callable[..., None], opened: Callable[[], Opened | None]) -> None:
        self._transfer = transfer
        self._opened = opened

    def _tell(self, **changes: Any) -> None:
        if (now := self._opened()) is not None:
            now.tell_purge(**changes)

    @property
    def _seen(self) -> PurgeSeen:
        now = self._opened()
        return NO_PURGE if now is None else now.purge

    def plan(
        self,
        idents: Sequence[str],
        *,
        remotes: Sequence[str] | None = (),
        snapshots: bool = False,
        keep_files: bool = False,
    ) -> None:
        """Work out what would go; ``state.purging`` tells. ``remotes`` None means all there are.

        Nothing is changed, and no job is stopped.
        """
        wanted = tuple(dict.fromkeys(idents))

        def work(library: Library, report: Report) -> None:
            self._tell(**_fields(NO_PURGE))
            names = remotes
            if names is None:
                names = [one.name for one in library.remotes.list()]
            paths = [library.get(ident).path for ident in wanted]
            asked = PurgeSeen(
                *(wanted, _to_type(paths), tuple(names)),
                snapshots=snapshots,
                keep_files=keep_files,
            )
            with _Cut(library, self._tell):
                plan = _purge(library, report, asked, dry_run=True)
            self._tell(**_fields(evolve(asked, plan=plan)))

        self._transfer(PLANNING, work)

    def forget(self) -> None:
        """The plan, or what came of it, is not wanted any more."""
        self._tell(**_fields(NO_PURGE))

    def purge(
        self,
        typed: str,
        *,
        then: Callable[[], None] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Do what ``state.purging.plan`` tells, if ``typed`` is what has to be typed.

        Jobs that name the assets are cancelled and waited for; when nobody else writes either it
        begins, and is then no more to be cancelled but at other places. What came of it, with the
        proof, is ``state.purging.done``. ``then`` is called by ``pump`` when it was done, whatever
        was found; ``otherwise`` where it failed or was cancelled.
        """
        asked = self._seen

        def work(library: Library, report: Report) -> str:
            if asked.plan is None:
                raise Invalid("nothing is planned", hint="look first what would go")
            if typed.strip() != asked.typed:
                raise Invalid("what was typed is not what has to be typed; nothing is removed")
            with _Cut(library, self._tell):
                done = _purge(library, report, asked, dry_run=False)
            self._tell(plan=None, done=done)
            return _said(done)

        self._transfer(REMOVING, work, then, otherwise)

    def finish(
        self,
        *,
        then: Callable[[], None] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Bring one that was cut off to its end: ``state.purging.cut_off``."""

        def work(library: Library, report: Report) -> str:
            with _Cut(library, self._tell):
                done = _purge(library, report, NO_PURGE, dry_run=False)
            self._tell(**_fields(evolve(NO_PURGE, done=done)))
            return _said(done)

        self._transfer(REMOVING, work, then, otherwise)

    def cancel(self) -> None:
        """Ask it to stop; once something is removed only what is done at other places stops."""
        if (now := self._opened()) is not None and now.transferrer is not None:
            now.transferrer.cancel()


class _Cut:
    """Tells whether a purge is left that has to be finished, where work with one fails."""

    def __init__(self, library: Library, tell: Callable[..., None]) -> None:
        self._library = library
        self._tell = tell

    def __enter__(self) -> None:
        """Nothing to be done."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and (self._library.state_path / "purging.json").exists():
            self._tell(cut_off=True, plan=None)


def _purge(library: Library, report: Report, asked: PurgeSeen, *, dry_run: bool) -> PurgeReport:
    places = [library.snapshots.schedule.to] if asked.snapshots else []
    if "" in places:
        raise Invalid(
            "no place is set that snapshots go to by themselves", hint="set one, or leave them out"
        )
    return library.purge(
        asked.idents,
        keep_files=asked.keep_files,
        remotes=asked.remotes,
        snapshots=places,
        timeout=None,
        dry_run=dry_run,
        progress=report.progress,
        cancel=report.cancelled,
    )


def _fields(seen: PurgeSeen) -> dict[str, Any]:
    return asdict(seen, recurse=False)


def _to_type(paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return paths[0].rpartition("/")[2]
    return f"{len(paths)} assets"


def _said(done: PurgeReport) -> str:
    text = "Removed for good" if done.ok else "Not everything is gone"
    count = len(done.assets)
    text += f": {count} {'asset' if count == 1 else 'assets'}" if done.ok and count else ""
    return text if done.ok else Partly(f"{text}: the page tells what was found and where")
