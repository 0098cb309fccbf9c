"""Calls about the keys of encrypted places: passphrases, recovery keys, rotation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Opened, never

if TYPE_CHECKING:
    from audobon.model.sealedplace import SealedPlace
    from audobon.services.files.ingest import Progress
    from audobon.storage.vault import Rotated, Secret

__all__ = ["KeyCalls", "Keys"]


class Keys(Opened):
    """The keys of the library itself, and of the places that its remotes and snapshots lie in.

    ``where`` is a remote's name, or an address, as :attr:`home` is. All but ``list``, ``look``,
    ``unlock`` and ``forget`` need a place that is open: Unavailable, where neither this process
    nor the system's keyring has what opens it. Where the keyring keeps a passphrase it never
    keeps one that opens nothing any more. NotFound where no vault is, Corrupt for another vault
    than the one that was known, or for a header that was set back.
    """

    @property
    def home(self) -> str:
        """The address of the library's own vault; empty where the library is not encrypted."""
        from audobon.services.places.homevault import address_of

        place = self._stores.place
        return "" if place.keys is None else address_of(place.state)

    def list(
        self,
        *,
        online: bool = True,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> tuple[SealedPlace, ...]:
        """All encrypted places, the library itself first; each is asked for its header.

        One that cannot be reached says so, in ``trouble``; a place of snapshots that cannot is
        left out, for it may lie in clear. Without ``online`` no bucket is asked.
        """
        from audobon.services.snapshots.placekeys import look

        return look(self._stores, online=online, progress=progress, cancel=cancel)

    def look(self, where: str) -> SealedPlace:
        """One of them; any other encrypted place too."""
        from audobon.services.snapshots.placekeys import look_at

        return look_at(self._stores, where)

    def unlock(
        self,
        where: str,
        passphrase: str | Secret | None = None,
        *,
        recovery: str | Secret | None = None,
        keep: bool = True,
    ) -> bool:
        """Open a place for as long as this process lives, by a passphrase or the recovery key.

        With ``keep`` the keyring keeps the passphrase, where there is one: whether it does.
        Invalid where this does not open it.
        """
        from audobon.services.snapshots.placekeys import unlock

        return unlock(self._stores, where, passphrase, recovery, keep=keep)

    def add_passphrase(self, where: str, name: str, passphrase: str | Secret) -> None:
        """One passphrase more. Conflict where there is one of that name, LimitExceeded after 7."""
        from audobon.services.snapshots.placekeys import change_passphrase

        change_passphrase(self._stores, where, passphrase, name, new=True)

    def change_passphrase(self, where: str, name: str, passphrase: str | Secret) -> None:
        """Another passphrase of this name. NotFound.

        Who knew the old one and has a copy of the old header still has the keys: see
        :meth:`renew`.
        """
        from audobon.services.snapshots.placekeys import change_passphrase

        change_passphrase(self._stores, where, passphrase, name, new=False)

    def remove_passphrase(self, where: str, name: str) -> bool:
        """Forget one of several; whether the keyring still keeps one. NotFound, Conflict for the
        last."""
        from audobon.services.snapshots.placekeys import remove

        return remove(self._stores, where, name)

    def new_recovery(self, where: str) -> str:
        """Another recovery key, to be printed; the one before opens nothing any more.

        Nobody can tell it again.
        """
        from audobon.services.snapshots.placekeys import new_recovery

        return new_recovery(self._stores, where).text()

    def renew(self, where: str, passphrase: str | Secret) -> str:
        """New keys for all that is written from now on, which ``passphrase`` alone opens.

        Every other passphrase and the recovery key end; the new recovery key is returned. What
        lies there is still read, and :meth:`rotate` writes it again. Whoever has the library
        itself open in another process has to open it again.
        """
        from audobon.services.snapshots.placekeys import renew

        return renew(self._stores, where, passphrase).text()

    def rotate(
        self,
        where: str,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Rotated:
        """Write again what lies under older keys; goes on where it was stopped. Cancelled.

        What is damaged stays as it is, and is told in ``failed``. Of the library itself the
        databases, and what else all who have it open write together (``later``), follow when it
        is opened the next time by nobody else; then its older keys are dropped.
        """
        from audobon.services.snapshots.placekeys import rotate

        return rotate(self._stores, where, progress=progress, cancel=cancel)

    def count_old(
        self,
        where: str,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> int:
        """How many objects lie under older keys; a few bytes of each are read. Cancelled."""
        from audobon.services.snapshots.placekeys import count

        return count(self._stores, where, progress=progress, cancel=cancel)

    def forget(self, where: str) -> bool:
        """Have this process and the keyring forget what opens a place; whether the keyring had it.

        A remote is not asked for it, any other place for its header.
        """
        from audobon.services.snapshots.placekeys import forget

        return forget(self._stores, where)


class KeyCalls(Base):
    """The keys of encrypted places."""

    @property
    def keys(self) -> Keys:
        """Who opens the encrypted places of this library, and with which keys they are written."""
        return Keys(self._stores)
