"""Calls about remotes: other places of the library, versions and files from and to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Opened, Ref, never
from audobon.facade.measuring import measured

if TYPE_CHECKING:
    from audobon.model.remote import FetchReport, PullReport, PushReport, Remote, RemoteState
    from audobon.services.files.ingest import Progress
    from audobon.storage.vault import Secret

__all__ = ["RemoteCalls", "Remotes"]


class Remotes(Opened):
    """The remotes of a library, by name. Only ``add`` and ``unlock`` go there."""

    def add(
        self,
        name: str,
        url: str,
        passphrase: str | Secret | None = None,
        *,
        impersonate_service_account: str = "",
    ) -> Remote:
        """Give a place a name. Nothing is sent yet.

        ``url`` is a folder (a USB disk, a NAS), ``file:///...``, or
        ``gs://bucket/prefix``; an empty folder is made ready. With a passphrase an empty place
        is encrypted, and the answer has its recovery key; one that is encrypted is opened. The
        system's keyring keeps the passphrase where there is one, the library never. Conflict
        where the name is taken or something else is there, Invalid for an address with a
        password in it. A bucket is used as the service account that is named, if one is.
        """
        from audobon.services.sync.remotes import add

        return add(self._stores, name, url, passphrase, impersonate_service_account)

    def list(self) -> tuple[Remote, ...]:
        """All remotes, in the order they were added."""
        from audobon.services.places.remotebook import list_remotes

        return list_remotes(self._stores.place)

    def get(self, name: str) -> Remote:
        """One remote. NotFound."""
        from audobon.services.places.remotebook import get_remote

        return get_remote(self._stores.place, name)

    def set_limit(self, name: str, bytes_per_s: int | None) -> Remote:
        """Have at most so many bytes a second go to a remote and come from it; None: no cap.

        Snapshots into the same place keep to it too. Holds from the next call on, whoever makes it.
        NotFound, Invalid below 1024.
        """
        from audobon.services.sync.remotes import set_limit

        return set_limit(self._stores, name, bytes_per_s)

    def remove(self, name: str) -> Remote:
        """Forget a remote and what was seen there; what lies there stays. NotFound."""
        from audobon.services.sync.remotes import remove

        return remove(self._stores, name)

    def state(self, name: str, branch: str | None = None) -> RemoteState:
        """How a branch (default: the current one) stood to a remote when it was last looked at."""
        from audobon.services.sync.remotes import state

        return state(self._stores, name, branch)

    def unlocked(self, name: str) -> bool:
        """Whether nobody has to be asked for a passphrase.

        The place lies in clear, or this process or the keyring has what opens it. NotFound.
        """
        from audobon.services.sync.remotes import unlocked

        return unlocked(self._stores, name)

    def unlock(self, name: str, passphrase: str | Secret) -> bool:
        """Open an encrypted place for as long as this process lives; nothing is sent or taken.

        The keyring keeps the passphrase where there is one: whether it does. Goes to the place.
        Invalid where it is not encrypted or this does not open it.
        """
        from audobon.services.sync.remotes import unlock

        return unlock(self._stores, name, passphrase)

    @property
    def away(self) -> int:
        """How many assets have their file only at a remote (``state:remote``)."""
        return self._stores.catalog.count_away()


class RemoteCalls(Base):
    """What goes to remotes and comes from them."""

    @property
    def remotes(self) -> Remotes:
        """The places that this library is pushed to and pulled from."""
        return Remotes(self._stores)

    @measured("push")
    def push(
        self,
        name: str,
        *,
        branches: Iterable[str] | None = None,
        dry_run: bool = False,
        passphrase: str | Secret | None = None,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> PushReport:
        """Send what a remote lacks of the current branch, or of ``branches``, and of tags.

        Everything is durable there before the branch moves. What was cut off
        goes on with the next call. Conflict, with the branch there as it was,
        when it has versions that are not here: pull, then push again.
        ``dry_run`` only says how much it would be. ``passphrase`` is for an
        encrypted place that was not opened by this object, where no keyring keeps it.
        """
        from audobon.services.sync.pushing import push

        return push(
            self._stores,
            name,
            branches=branches,
            dry_run=dry_run,
            passphrase=passphrase,
            progress=progress,
            cancel=cancel,
        )

    @measured("pull")
    def pull(
        self,
        name: str,
        *,
        branch: str | None = None,
        lazy: bool | None = None,
        force: bool = False,
        dry_run: bool = False,
        passphrase: str | Secret | None = None,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> PullReport:
        """Take in what a remote has, and merge its branch into the current one.

        As :meth:`merge` of ``<name>/<branch>``: where nothing is only here the
        branch just moves on, conflicts wait for decisions, uncommitted work in
        the way is Conflict (with ``force`` it is kept in a rescue version).
        Another ``branch`` than the current one is made here or moves on. With
        ``lazy`` bytes are left there until they are needed; by default as the
        library was cloned. Corrupt, with nothing taken in, where the remote
        holds something else than it says. ``dry_run`` only says how much would come: it reads
        the new versions and drops them again.
        """
        if dry_run:
            from audobon.services.sync.foreseeing import pull_would

            return pull_would(
                *(self._stores, name),
                branch=branch,
                lazy=lazy,
                passphrase=passphrase,
                cancel=cancel,
            )
        from audobon.services.sync.pulling import pull

        return pull(
            self._stores,
            name,
            branch=branch,
            lazy=lazy,
            force=force,
            passphrase=passphrase,
            progress=progress,
            cancel=cancel,
        )

    @measured("fetch")
    def fetch(
        self,
        refs: Iterable[Ref],
        *,
        dry_run: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> FetchReport:
        """Bring files that are only at a remote (``state:remote``) to their places.

        Others are left as they are. ``lacking`` tells what no remote has.
        Unavailable where one that may have it cannot be reached. ``dry_run`` only
        says how much would come.
        """
        from audobon.services.places.ondemand import bring

        assets = [self.get(ref) for ref in refs]
        if dry_run:
            from audobon.services.sync.foreseeing import fetch_would

            return fetch_would(self._stores, assets, cancel=cancel)
        return bring(self._stores, assets, progress=progress, cancel=cancel)
