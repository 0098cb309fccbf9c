"""The vault of an encrypted library: in its state, and proved before anything else is opened.

Its header has the format of an encrypted place (``docs/format/sealed.md``), so passphrases, the
recovery key and the keyring work as they do there. No library is made with one by the facade yet.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from attrs import field, frozen
from attrs.converters import optional

from audobon.errors import Corrupt, Invalid, MissingExtra, NoKey, NotFound, Unavailable
from audobon.services import sealing
from audobon.storage.objects.folder import FolderStore
from audobon.storage.sqlite import need_ciphers
from audobon.storage.vault import DEFAULT, FLOOR, Costs, Secret, Vault
from audobon.storage.vault.library import LibraryKeys

__all__ = ["FOLDER", "Means", "change_passphrase", "make", "new_recovery", "unlock"]

FOLDER = "vault"
"""Where it lies in a library's state: a folder of objects with its two headers."""


@frozen
class Means:
    """What a library is opened with: one of these, else what is at hand.

    At hand is what this process has opened it with before, what the system's keyring keeps, and
    whom it can ask. ``floor`` is the weakest guard of a passphrase that is taken.
    """

    passphrase: Secret | None = field(default=None, converter=optional(sealing.passphrase_of))
    passphrase_file: Path | None = None
    recovery: Secret | None = field(default=None, converter=optional(sealing.secret_of))
    floor: Costs = FLOOR

    @property
    def given(self) -> bool:
        """Whether somebody said that it is encrypted."""
        return (self.passphrase, self.passphrase_file, self.recovery) != (None, None, None)


def make(
    state: Path, passphrase: str | Secret, *, costs: Costs = DEFAULT, floor: Costs = FLOOR
) -> tuple[LibraryKeys, Secret]:
    """Keys for a library that is being made, and its recovery key, to be printed.

    A vault that is there is the rest of a creation that failed: nothing lies under its keys that
    anybody could open. MissingExtra where the SQLite at hand has no ciphers, before anything is
    made; Invalid for an empty passphrase.
    """
    need_ciphers()
    passphrase = sealing.passphrase_of(passphrase)
    shutil.rmtree(state / FOLDER, ignore_errors=True)
    store = FolderStore(state / FOLDER, create=True)
    try:
        vault, recovery = Vault.create(store, passphrase, costs=costs, floor=floor)
        sealing.remember(vault)
        return LibraryKeys(vault.keys), recovery
    finally:
        store.close()


def unlock(state: Path, means: Means) -> LibraryKeys:
    """The keys of a library, proved by its vault's header.

    NoKey where nothing is given or at hand, or it opens nothing; Corrupt where the vault is gone
    or damaged, which is never a reason to make anything anew; MissingExtra.
    """
    need_ciphers()
    with_vault = _opened(state, means)
    try:
        return LibraryKeys(with_vault.keys)
    finally:
        with_vault.place.close()


def change_passphrase(
    state: Path, means: Means, passphrase: str | Secret, *, costs: Costs = DEFAULT
) -> None:
    """Another passphrase in the place of the first; only the header is written.

    What the keyring keeps follows. Raises as :func:`unlock`.
    """
    passphrase = sealing.passphrase_of(passphrase)
    vault = _opened(state, means)
    try:
        vault.set_passphrase(passphrase, costs=costs)
        sealing.follow_in_keyring(sealing.Place(vault.store(), vault), passphrase)
    finally:
        vault.place.close()


def new_recovery(state: Path, means: Means) -> Secret:
    """Another recovery key, to be printed; the one before opens nothing any more."""
    vault = _opened(state, means)
    try:
        return vault.new_recovery()
    finally:
        vault.place.close()


def _opened(state: Path, means: Means) -> Vault:
    home = state.parent
    try:
        store = FolderStore(state / FOLDER)
    except (NotFound, Invalid) as error:
        raise _gone(home) from error
    try:
        return sealing.open_vault(
            store,
            means.passphrase,
            recovery=means.recovery,
            passphrase_file=means.passphrase_file,
            floor=means.floor,
        )
    except BaseException as error:
        store.close()
        if isinstance(error, NotFound):
            raise _gone(home) from error
        if isinstance(error, Invalid):
            raise NoKey(
                f"what was given does not open the encrypted library {home}",
                subject=str(home),
                hint=error.hint or "check the passphrase, its capitals and the keyboard's language",
            ) from error
        if isinstance(error, Unavailable) and not isinstance(error, MissingExtra):
            raise NoKey(
                f"{home} is an encrypted library, and nothing that opens it is at hand",
                subject=str(home),
                hint=error.hint or "give its passphrase or its recovery key",
            ) from error
        raise


def _gone(home: Path) -> Corrupt:
    return Corrupt(
        f"the vault of the encrypted library {home} is gone, and its keys with it",
        subject=str(home),
        hint=f"put the folder {FOLDER!r} of its state back from a backup",
    )
