"""The call that lets assets vanish for good."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Ref, never
from audobon.model.asset import Asset
from audobon.services.core import lookup

if TYPE_CHECKING:
    from audobon.model.purge import PurgeReport
    from audobon.services.files.ingest import Progress
    from audobon.services.places.snapshotplaces import Where
    from audobon.storage.vault import Secret

__all__ = ["PurgeCalls"]


class PurgeCalls(Base):
    """Secure deletion."""

    def purge(
        self,
        refs: Ref | Iterable[Ref] = (),
        *,
        keep_files: bool = False,
        remotes: Iterable[str] = (),
        snapshots: Iterable[Where] = (),
        passphrase: str | Secret | None = None,
        timeout: float | None = 60.0,
        dry_run: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> PurgeReport:
        """Remove assets for good: files, every version, bytes, previews, index, results, logs.

        Versions that had them are written anew under other ids, with everything
        else of them as it was; ``commits`` of the answer tells which became
        which. With ``keep_files`` the files stay where they are. ``remotes`` are
        brought to the same state, also without ``refs`` after an earlier purge;
        ``places`` tells what became of each. In places of ``snapshots`` a new one
        takes the place of all older ones. Undo is not
        possible, also not of what was done before. ``proof`` of the answer is a
        search in every byte of the library's state. With ``dry_run`` nothing is
        changed and the answer is the plan. Cut off anywhere, the same call goes
        on, or one without ``refs``. Jobs that name the assets do not begin until
        it is done, in no process, and those at work are cancelled. Those and others
        who write in the library are waited for, ``timeout`` seconds each time, or
        without end where it is None; then Busy. Conflict while a merge is open,
        Corrupt where a version is damaged: nothing is removed then. Once it has
        begun to remove, ``cancel`` ends only such a wait, and what is done at
        other places.
        """
        from audobon.services.purge.doing import purge
        from audobon.services.purge.resume import left_over

        wanted: list[Ref]
        wanted = [refs] if isinstance(refs, str | os.PathLike | Asset) else list(refs)
        wanted = [ref for ref in wanted if not left_over(self._stores, ref)]
        assets = lookup.find_all(self._stores, wanted) if wanted else ()
        return purge(
            self._stores,
            assets,
            keep_files=keep_files,
            remotes=tuple(remotes),
            snapshots=tuple(snapshots),
            passphrase=passphrase,
            wait_s=timeout,
            dry_run=dry_run,
            progress=progress,
            cancel=cancel,
        )

    def purge_as(
        self,
        remote: str,
        *,
        keep_files: bool = False,
        passphrase: str | Secret | None = None,
        timeout: float | None = 60.0,
        dry_run: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> PurgeReport:
        """Remove here what was purged at a remote, by its list of keyed hashes.

        Pushes and pulls are refused until then. Versions that both had become
        those that the remote has now; those that are only here are written anew.
        ``timeout`` as for :meth:`purge`.
        """
        from audobon.services.purge.following import follow

        return follow(
            self._stores,
            remote,
            keep_files=keep_files,
            passphrase=passphrase,
            wait_s=timeout,
            dry_run=dry_run,
            progress=progress,
            cancel=cancel,
        )
