"""The one facade that hosts, scripts and the command line use.

``audobon.facade`` has its calls, by what they are about; here it is opened
and closed. Opening and searching load only attrs, apsw, tantivy and the
standard library.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from audobon.errors import NoLibrary
from audobon.facade.analyzing import AnalyticsCalls
from audobon.facade.assets import AssetCalls
from audobon.facade.auditing import AuditCalls
from audobon.facade.base import never
from audobon.facade.bundling import BundleCalls
from audobon.facade.computing import ComputingCalls
from audobon.facade.exchanging import ExchangeCalls
from audobon.facade.finding import FindingCalls
from audobon.facade.keys import KeyCalls
from audobon.facade.merging import MergeCalls
from audobon.facade.metrics import MetricCalls
from audobon.facade.purging import PurgeCalls
from audobon.facade.recovering import RecoveryCalls
from audobon.facade.relating import RelatingCalls
from audobon.facade.remotes import RemoteCalls
from audobon.facade.reviewing import ReviewCalls
from audobon.facade.snapshots import SnapshotCalls
from audobon.facade.teaching import TeachCalls
from audobon.facade.tidying import TidyCalls
from audobon.facade.upkeep import UpkeepCalls
from audobon.facade.usage import UsageCalls
from audobon.facade.versions import VersionCalls
from audobon.facade.watching import WatchCalls
from audobon.services.core import place
from audobon.services.core.stores import Stores
from audobon.services.health import metering
from audobon.system.user import user_name

if TYPE_CHECKING:
    from audobon.model.estimate import TransferEstimate
    from audobon.services.files.ingest import Progress
    from audobon.services.places.homevault import Sealing
    from audobon.services.places.snapshotplaces import Where
    from audobon.services.snapshots.recovering import Recovered
    from audobon.storage.vault import Secret

__all__ = ["Library", "find_library"]


class Library(
    AssetCalls,
    RelatingCalls,
    FindingCalls,
    VersionCalls,
    MergeCalls,
    RecoveryCalls,
    SnapshotCalls,
    ComputingCalls,
    ReviewCalls,
    TeachCalls,
    TidyCalls,
    UpkeepCalls,
    ExchangeCalls,
    BundleCalls,
    WatchCalls,
    UsageCalls,
    MetricCalls,
    AnalyticsCalls,
    AuditCalls,
    RemoteCalls,
    KeyCalls,
    PurgeCalls,
):
    """A folder of ordinary files with an Audobon state beside them.

    Open one with :meth:`create` or :meth:`open`, and use it as a context
    manager. Several processes may have one library open at the same time, and
    several threads may share one object. Every call raises a subclass of
    :class:`audobon.errors.AudobonError`. Once it is closed, only what it is and where it lies is
    told; any other call is Unavailable.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        metering.begin(stores)
        self._recovered: Recovered | None = None
        self._recovery_key: Secret | None = None

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        name: str | None = None,
        *,
        author: str | None = None,
        passphrase: str | Secret | None = None,
    ) -> Library:
        """Make a library in ``path`` (made if absent) and open it. No asset is added.

        With a ``passphrase`` everything in its state is encrypted, and :attr:`recovery_key` of the
        answer is to be printed: without either nobody can open it again. Conflict when there is
        one already, MissingExtra where the SQLite at hand cannot encrypt.
        """
        from audobon.services.versioning.opening import create

        sealing = _sealing(passphrase)
        seal = None if sealing is None else sealing.seal
        return cls(create(Path(path), name, author or user_name(), seal=seal))._told(sealing)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        read_only: bool = False,
        *,
        author: str | None = None,
        passphrase: str | Secret | None = None,
        passphrase_file: str | os.PathLike[str] | None = None,
        recovery: str | Secret | None = None,
        keep: bool = False,
    ) -> Library:
        """Open the library at ``path``. NoLibrary, NewerFormat, NoKey.

        An encrypted one is opened by its passphrase, a file that only you may read with it, or
        its recovery key; else by what this process opened it with before, what the system's
        keyring keeps, or whom the process can ask. NoKey where none of that opens it: nothing is
        touched then. Invalid where something is given and it is not encrypted. With ``keep`` the
        keyring keeps the passphrase that is given, where there is one.

        A damaged catalog is set aside and built again from the history;
        :meth:`doctor` tells of it. Opened ``read_only`` nothing on disk is
        changed, and it works on a disk that cannot be written.
        """
        from audobon.services.versioning.opening import open_stores

        author, means = author or user_name(), None
        if (passphrase, passphrase_file, recovery) != (None, None, None):
            from audobon.services.places.homevault import Means

            file = None if passphrase_file is None else Path(passphrase_file)
            means = Means(passphrase, file, recovery, keep)
        return cls(open_stores(Path(path), author, read_only=read_only, means=means))

    @classmethod
    def clone(
        cls,
        url: str,
        path: str | os.PathLike[str],
        passphrase: str | Secret | None = None,
        *,
        name: str | None = None,
        branch: str | None = None,
        lazy: bool = True,
        author: str | None = None,
        impersonate_service_account: str = "",
        limit: int | None = None,
        library_passphrase: str | Secret | None = None,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Library:
        """Make a library in ``path`` out of what was pushed to a remote, and open it.

        Versions, metadata and previews come at once; files stay at the remote,
        which is then called ``origin``, until they are asked for (``state:remote``,
        :meth:`fetch`), or all come with ``lazy=False``. Cut off, the same call
        goes on. NotFound where no library is, Conflict where ``path`` is one. At most
        ``limit`` bytes a second go there and come from there, now and later, as
        ``remotes.set_limit`` says. With a ``library_passphrase`` it is encrypted on this machine,
        as by :meth:`create`; Conflict where the remote is not.
        """
        from audobon.services.sync.cloning import clone

        sealing = _sealing(library_passphrase)
        stores = clone(
            *(url, Path(path), passphrase),
            seal=None if sealing is None else sealing.go_on,
            author=author or user_name(),
            name=name,
            branch=branch,
            lazy=lazy,
            impersonate=impersonate_service_account,
            limit=limit,
            progress=progress,
            cancel=cancel,
        )
        return cls(stores)._told(sealing)

    @classmethod
    def estimate_clone(
        cls,
        url: str,
        passphrase: str | Secret | None = None,
        *,
        branch: str | None = None,
        lazy: bool = True,
        impersonate_service_account: str = "",
        limit: int | None = None,
        cancel: Callable[[], bool] = never,
    ) -> TransferEstimate:
        """How much :meth:`clone` with the same arguments would bring; nothing is made or kept.

        With ``lazy`` the place is only listed. Without it the versions, which tell of the files,
        are read and dropped again.
        """
        from audobon.services.sync.foreseeing import clone_would

        return clone_would(
            *(url, passphrase),
            branch=branch,
            lazy=lazy,
            impersonate=impersonate_service_account,
            limit=limit,
            cancel=cancel,
        )

    @classmethod
    def recover(
        cls,
        source: Where,
        path: str | os.PathLike[str],
        *,
        snapshot: str = "",
        passphrase: str | None = None,
        passphrase_file: str | os.PathLike[str] | None = None,
        roots: Mapping[str, str | os.PathLike[str]] | None = None,
        author: str | None = None,
        limit: int | None = None,
        library_passphrase: str | Secret | None = None,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Library:
        """Make a library anew from a snapshot, with nothing but the place; open it.

        History, catalog, settings and files come back as they were, below
        ``path``. Without ``snapshot`` (an id, or how it begins) it is the newest
        one. Folders that were indexed outside of the library lie in ``path``
        under their names, or as ``roots`` (name to folder) say. What lies in
        the way with other bytes is never written over: Conflict. Cut off, the
        same call goes on. :attr:`recovered` tells what could not be had.
        An encrypted place takes its ``passphrase``, else the system's keyring is asked.
        At most ``limit`` bytes a second come from the place. With a ``library_passphrase`` it is
        encrypted on this machine, as by :meth:`create`, whatever it was before.
        """
        from audobon.services.places.snapshotplaces import Locked
        from audobon.services.snapshots.snapshotting import recover_from

        file = None if passphrase_file is None else Path(passphrase_file)
        sealing = _sealing(library_passphrase)
        stores, done = recover_from(
            source if isinstance(source, Locked) else Locked(source, passphrase, file),
            Path(path),
            ident=snapshot,
            seal=None if sealing is None else sealing.go_on,
            author=author or user_name(),
            roots={name: os.fspath(folder) for name, folder in (roots or {}).items()},
            limit=limit,
            progress=progress,
            cancel=cancel,
        )
        made = cls(stores)
        made._recovered = done
        return made._told(sealing)

    @classmethod
    def estimate_recover(
        cls,
        source: Where,
        *,
        snapshot: str = "",
        passphrase: str | None = None,
        passphrase_file: str | os.PathLike[str] | None = None,
        limit: int | None = None,
        cancel: Callable[[], bool] = never,
    ) -> TransferEstimate:
        """How much :meth:`recover` from the same place would bring; nothing is made or kept.

        The versions of the snapshot, which tell of the files, are read and dropped again.
        """
        from audobon.services.places.snapshotplaces import Locked
        from audobon.services.sync.foreseeingplaces import recover_would

        file = None if passphrase_file is None else Path(passphrase_file)
        place = source if isinstance(source, Locked) else Locked(source, passphrase, file)
        return recover_would(place, ident=snapshot, limit=limit, cancel=cancel)

    def _told(self, sealing: Sealing | None) -> Library:
        self._recovery_key = None if sealing is None else sealing.recovery
        return self

    def close(self) -> None:
        """Let go of every file and process; safe to call twice."""
        self._kept.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Library {self.name!r} at {str(self.path)!r}>"

    @property
    def id(self) -> str:
        """32 hex digits that name this library wherever it lies."""
        return self._kept.place.id

    @property
    def name(self) -> str:
        return self._kept.place.name

    @property
    def path(self) -> Path:
        """The folder of the library."""
        return self._kept.place.folder

    @property
    def state_path(self) -> Path:
        """The folder of its state, ``.audobon`` beside the assets where that can work."""
        return self._kept.place.state

    @property
    def read_only(self) -> bool:
        return self._kept.read_only

    @property
    def encrypted(self) -> bool:
        """Whether everything in its state is under the keys of a vault."""
        return self._kept.place.keys is not None

    @property
    def recovery_key(self) -> str:
        """That of the vault that was made just now, to be printed and kept; else empty."""
        return "" if self._recovery_key is None else self._recovery_key.text()

    @property
    def damaged(self) -> Path | None:
        """Where the catalog lies that was damaged at this opening and built again, or None."""
        return self._kept.damaged

    @property
    def recovered(self) -> Recovered | None:
        """What came of the recovery that this library was just made by, else None."""
        return self._recovered


def _sealing(passphrase: str | Secret | None) -> Sealing | None:
    """What makes the keys of a library that is to be encrypted. Invalid for an empty passphrase."""
    if passphrase is None:
        return None
    from audobon.services.places.homevault import Sealing

    return Sealing(passphrase)


def find_library(start: str | os.PathLike[str]) -> Path:
    """The nearest folder at or above ``start`` that is a library. NoLibrary when there is none."""
    found = place.find_library(Path(start))
    if found is None:
        raise NoLibrary(
            f"neither {os.path.abspath(start)} nor a folder above it is a library",
            subject=os.fspath(start),
            hint="make one with 'audobon init', or name it with --library",
        )
    return found
