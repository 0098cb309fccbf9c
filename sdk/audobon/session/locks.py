"""What a host asks of locks: each call returns at once, ``state.locks`` tells.

All of it is done on the thread that holds the locks of open files, as ``state.locking``: it waits
for no other work. How it ended is a notice; ``audobon.panel.locks`` says the rest in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from audobon.codec.words import counted
from audobon.errors import AudobonError, Conflict, NotFound
from audobon.session.computing import looking
from audobon.session.opens import Opens
from audobon.session.unread import Partly

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.asset import Asset
    from audobon.session.doing import Report, Work
    from audobon.session.locked import LockSeen
    from audobon.session.opened import Opened

__all__ = ["Locking", "SessionLocks"]

LEASE = timedelta(hours=12)
"""As for ``audobon lock``: a working day."""
_ASK = "ask them, or break the lock in the list of locks"

Then = Callable[[], None]


class SessionLocks:
    """The part of a session that is about locks; reached as ``Session.locks``.

    Locks that are taken here are kept: they outlive the host, until their lease is over or
    somebody lets go of them. Those on files that the host has open are ``Session.history.hold``'s.
    """

    def __init__(self, opened: Callable[[], Opened | None]) -> None:
        self._opened = opened

    def watch(self) -> None:
        """Somebody looks at the list: ``state.locks`` is kept up to date for some seconds."""
        now = self._opened()
        if now is not None and now.locker is not None:
            now.locker.watch()

    def lock(
        self,
        idents: Sequence[str],
        *,
        program: str = "",
        lease: timedelta = LEASE,
        then: Then | None = None,
    ) -> None:
        """Tell others that these assets are being worked on; again, to renew it.

        What somebody else has locked stays theirs, and is told. ``then`` is called by ``pump``
        when all of them are locked, or some.
        """

        def each(library: Library, asset: Asset) -> bool:
            library.lock(asset, program=program, lease=lease, keep=True)
            return True

        self._do("Locking", _working(idents, each, "locked", "none of them is an asset"), then)

    def unlock(self, idents: Sequence[str], *, then: Then | None = None) -> None:
        """Let go of the locks on these assets, as far as they are one's own.

        A file that is open in this host is not locked for it again until it is opened anew.
        """

        def each(library: Library, asset: Asset) -> bool:
            return library.unlock(asset)

        self._do("Unlocking", _working(idents, each, "free", "none of them is locked"), then)

    def break_lock(self, lock: LockSeen, *, then: Then | None = None) -> None:
        """Take away somebody else's lock, as it was shown (``state.locks``).

        Refused where it is another one by now: whoever said yes to it was told of other people.
        """

        def work(library: Library, _report: Report) -> str:
            asset = library.get(lock.ident)
            now = next((one for one in library.locks() if one.asset_id == lock.ident), None)
            if now is None:
                return f"{asset.name} is free already"
            if (now.since, now.carried, now.mine) != (lock.since, lock.carried, lock.mine):
                raise Conflict(
                    f"{asset.name} is locked by another than was shown, and stays so",
                    subject=asset.path,
                    hint="the list tells who has it now",
                )
            library.unlock(asset, force=True)
            return f"{asset.name} is free: the lock of {lock.author} on {lock.machine} is broken"

        self._do("Breaking a lock", work, then)

    def _do(self, name: str, work: Work, then: Then | None) -> None:
        now = self._opened()
        if now is None or now.locking is None:
            return
        locker = now.locker

        def told(library: Library, report: Report) -> str | None:
            try:
                return work(library, report)
            finally:
                if locker is not None:
                    locker.read()  # who looks sees it with the notice, not a second later

        now.locking.do(name, looking(now, told), then)


def _working(
    idents: Sequence[str], each: Callable[[Library, Asset], bool], done: str, nothing: str
) -> Work:
    """Do it to each; another's lock is told at the end, where others could be done."""
    wanted = tuple(dict.fromkeys(idents))

    def work(library: Library, report: Report) -> str:
        names: list[str] = []
        refused: list[tuple[Asset, AudobonError]] = []
        for ident in wanted:
            if report.cancelled():
                break
            try:
                asset = library.get(ident)
            except NotFound:
                continue  # it was removed since it was chosen
            try:
                names += [asset.name] if each(library, asset) else []
            except Conflict as error:
                refused.append((asset, error))
        if not names and refused:
            asset, first = refused[0]
            more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
            raise Conflict(f"{first.message}{more}", subject=asset.path, hint=_ASK) from first
        if not names:
            return nothing[:1].upper() + nothing[1:]
        text = names[0] if len(names) == 1 else counted(len(names), "asset")
        text += f" {'is' if len(names) == 1 else 'are'} {done}"
        if refused:
            others = counted(len(refused), "asset")
            return Partly(f"{text}; {others} locked by somebody else: {refused[0][0].name}")
        return text

    return work


class Locking(Opens):
    """What a session does about locks."""

    _locks: SessionLocks | None = None

    @property
    def locks(self) -> SessionLocks:
        """Who works on which asset, told and let go of."""
        if self._locks is None:
            self._locks = SessionLocks(lambda: self._open)
        return self._locks
