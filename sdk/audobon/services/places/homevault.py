"""The vault of an encrypted library: in its state, and proved before anything else is opened.

Its header has the format of an encrypted place (``docs/format/sealed.md``), so passphrases, the
recovery key and the keyring work as they do there. ``homerotation`` writes again what lies under
older keys of it.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen
from attrs.converters import optional

from audobon.errors import (
    AudobonError,
    Conflict,
    Corrupt,
    Invalid,
    MissingExtra,
    NoKey,
    NotFound,
    Unavailable,
)
from audobon.services.places import sealing
from audobon.storage.objects.folder import FolderStore
from audobon.storage.sqlite import need_ciphers
from audobon.storage.vault import DEFAULT, FLOOR, Costs, Secret, Vault
from audobon.storage.vault.library import LibraryKeys

__all__ = ["FOLDER", "Means", "Sealing", "address_of", "change_passphrase", "library_of", "make"]
__all__ += ["need_clear", "need_own", "new_recovery", "unlock"]

VARIABLE = "AUDOBON_LIBRARY_PASSPHRASE_FILE"
"""What names the file with a library's passphrase to the command line."""
FOLDER = "vault"
"""Where it lies in a library's state: a folder of objects with its two headers."""


@frozen
class Means:
    """What a library is opened with: one of these, else what is at hand.

    At hand is what this process has opened it with before, what the system's keyring keeps, and
    whom it can ask. With ``keep`` the system's keyring keeps the passphrase that is given, where
    there is one. ``floor`` is the weakest guard of a passphrase that is taken.
    """

    passphrase: Secret | None = field(default=None, converter=optional(sealing.passphrase_of))
    passphrase_file: Path | None = None
    recovery: Secret | None = field(default=None, converter=optional(sealing.secret_of))
    keep: bool = False
    floor: Costs = FLOOR

    @property
    def given(self) -> bool:
        """Whether somebody said that it is encrypted."""
        return (self.passphrase, self.passphrase_file, self.recovery) != (None, None, None)


class Sealing:
    """Makes the keys of a library that is being made; Invalid for an empty passphrase.

    The system's keyring keeps the passphrase, where there is one.
    """

    def __init__(
        self, passphrase: str | Secret, *, costs: Costs = DEFAULT, floor: Costs = FLOOR
    ) -> None:
        self._passphrase = sealing.passphrase_of(passphrase)
        self._costs, self._floor = costs, floor
        self.recovery: Secret | None = None
        """The recovery key, once keys were made."""

    def seal(self, state: Path) -> LibraryKeys:
        """See :func:`make`."""
        keys, self.recovery = make(state, self._passphrase, costs=self._costs, floor=self._floor)
        with _open(state, Means(floor=self._floor)) as vault:
            _keep(vault, self._passphrase)
        return keys

    def go_on(self, state: Path) -> LibraryKeys:
        """The same for what may have been begun before: it goes on, with another recovery key.

        Nobody has seen the one of before. Conflict for what was begun in clear, NoKey for what
        this passphrase does not open.
        """
        need_ciphers()
        if not _is_begun(state):
            return self.seal(state)
        with _open(state, Means(self._passphrase, floor=self._floor)) as vault:
            self.recovery = vault.new_recovery()
            _keep(vault, self._passphrase)
            return LibraryKeys(vault.keys)


def make(
    state: Path, passphrase: str | Secret, *, costs: Costs = DEFAULT, floor: Costs = FLOOR
) -> tuple[LibraryKeys, Secret]:
    """Keys for a library that is being made, and its recovery key, to be printed.

    A vault that is there is the rest of a creation that failed: nothing lies under its keys that
    anybody could open. MissingExtra where the SQLite at hand has no ciphers, before anything is
    made; Invalid for an empty passphrase; Conflict where more was begun, in clear or under
    other keys.
    """
    need_ciphers()
    passphrase = sealing.passphrase_of(passphrase)
    _need_nothing(state)
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
    with _open(state, means) as vault:
        if means.keep and means.passphrase is not None:
            _keep(vault, means.passphrase)
        return LibraryKeys(vault.keys)


def change_passphrase(
    state: Path, means: Means, passphrase: str | Secret, *, costs: Costs = DEFAULT
) -> None:
    """Another passphrase in the place of the first; only the header is written.

    What the keyring keeps follows. Raises as :func:`unlock`.
    """
    passphrase = sealing.passphrase_of(passphrase)
    with _open(state, means) as vault:
        vault.set_passphrase(passphrase, costs=costs)
        sealing.follow_in_keyring(sealing.Place(vault.store(), vault), passphrase)


def new_recovery(state: Path, means: Means) -> Secret:
    """Another recovery key, to be printed; the one before opens nothing any more."""
    with _open(state, means) as vault:
        return vault.new_recovery()


def _keep(vault: Vault, passphrase: Secret) -> None:
    with contextlib.suppress(AudobonError):  # a keyring that is locked: it is asked for
        sealing.keep_passphrase(sealing.Place(vault.store(), vault), passphrase)


@contextlib.contextmanager
def _open(state: Path, means: Means) -> Iterator[Vault]:
    vault = _opened(state, means)
    try:
        yield vault
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
            about="library",
            called=f"the library {home}",
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
                hint="give its passphrase or its recovery key; on the command line by "
                f"{VARIABLE}, a file that only you may read (mode 600)",
            ) from error
        raise


def address_of(state: Path) -> str:
    """Where the vault of the library with this state lies, as an address of a place."""
    return str(state / FOLDER)


def library_of(address: str | Path) -> Path | None:
    """The state of the library whose own vault lies at an address; None for any other place."""
    folder = Path(address)
    if folder.name == FOLDER and (folder.parent / "library.toml").is_file():
        return folder.parent
    return None


def need_own(address: str) -> None:
    """Conflict for the vault of a library that is not at work: more than its objects is under its
    keys."""
    state = library_of(address)
    if state is not None:
        raise Conflict(
            "these are the keys of another library itself",
            subject=address,
            hint="open that library, then look after its keys",
        )


def need_clear(state: Path) -> None:
    """NoKey where what was begun is encrypted, and is about to go on in clear.

    A vault with nothing under its keys yet is removed.
    """
    if not (state / FOLDER).is_dir():
        return
    try:
        _need_nothing(state)
    except Conflict as error:
        raise NoKey(
            f"what was begun in {state.parent} is encrypted",
            subject=str(state.parent),
            hint="give the passphrase that it was begun with, or remove the folder and begin again",
        ) from error
    shutil.rmtree(state / FOLDER, ignore_errors=True)


def _is_begun(state: Path) -> bool:
    """Whether there is a vault; one that was cut off while it was made is none."""
    if not (state / FOLDER).is_dir():
        return False
    with contextlib.closing(FolderStore(state / FOLDER)) as store:
        return sealing.is_sealed(store)


def _need_nothing(state: Path) -> None:
    packs = state / "chunks" / "packs"
    if (state / "history.git").exists() or (packs.is_dir() and any(packs.iterdir())):
        raise Conflict(
            f"something was begun in {state} that this passphrase does not cover",
            subject=str(state),
            hint="remove that folder, or choose an empty one",
        )


def _gone(home: Path) -> Corrupt:
    return Corrupt(
        f"the vault of the encrypted library {home} is gone, and its keys with it",
        subject=str(home),
        hint=f"put the folder {FOLDER!r} of its state back from a backup",
    )
