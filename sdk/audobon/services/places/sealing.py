"""Encrypted places: made, opened with a passphrase from wherever it is kept, and never by silence
in clear.

Whoever has a place that may be encrypted (a remote, a snapshot) asks :func:`open_place` for the
store to work with, and keeps the vault's mark with its settings for the next time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from attrs import frozen

from audobon.errors import Conflict, Corrupt, Invalid, NotFound, Unavailable
from audobon.storage.objects import ObjectStore, open_store
from audobon.storage.vault import (
    DEFAULT,
    FLOOR,
    Costs,
    Mark,
    Rotated,
    SealedStore,
    Secret,
    Vault,
    is_sealed,
    ring,
    rotate,
)
from audobon.storage.vault import count_old as count_old_of
from audobon.storage.vault.copies import COPY, MAIN, look, read_both
from audobon.storage.vault.passfile import read_passphrase
from audobon.storage.vault.ring import keyring_name
from audobon.storage.vault.secret import passphrase_of, secret_of
from audobon.system.asking import About, ask

__all__ = [
    "Place",
    "Secret",
    "at_hand",
    "count_old",
    "erase_place",
    "follow_in_keyring",
    "forget_passphrase",
    "in_keyring",
    "is_sealed",
    "join_place",
]
__all__ += ["keep_passphrase", "key_at_hand", "keyring_name", "need_sealed", "open_place"]
__all__ += ["open_vault"]
__all__ += ["passphrase_of"]
__all__ += ["place_at", "read_passphrase", "remember", "rotate_place", "seal_place"]
__all__ += ["reopened", "secret_of"]


@frozen
class Place:
    """A place to work with: ``store`` gives plain bytes; ``vault`` is None if it lies in clear."""

    store: ObjectStore
    vault: Vault | None

    @property
    def mark(self) -> Mark | None:
        """What to keep with the settings of a remote, and to give to :func:`open_place`."""
        return None if self.vault is None else self.vault.mark


@contextmanager
def place_at(url: str, *, create: bool = False) -> Iterator[ObjectStore]:
    """A place by its address, as it lies there, for as long as the block takes."""
    store = open_store(url, create=create)
    try:
        yield store
    finally:
        store.close()


def seal_place(
    store: ObjectStore,
    passphrase: str | Secret,
    *,
    costs: Costs = DEFAULT,
    floor: Costs = FLOOR,
) -> tuple[Place, Secret]:
    """Make an empty place an encrypted one; its recovery key is to be printed. Raises Conflict."""
    vault, recovery = Vault.create(store, passphrase, costs=costs, floor=floor)
    _open_keys[vault.mark.vault] = vault.key
    return Place(vault.store(), vault), recovery


Which = Literal["main", "copy"] | None
"""One of the two headers alone."""

_open_keys: dict[str, Secret] = {}
"""What opens the vaults that this process has opened, by their ids: asked for once, and Argon2id's
0.8 s are not spent at every push. It ends with the process, or with :func:`forget_passphrase`."""


def join_place(
    store: ObjectStore,
    passphrase: str | Secret,
    *,
    costs: Costs = DEFAULT,
    floor: Costs = FLOOR,
) -> tuple[Place, Secret | None]:
    """An encrypted place, made if it is empty (then with its recovery key) or opened.

    Raises Conflict where something lies there in clear, Invalid where this does not open it.
    """
    passphrase = passphrase_of(passphrase)
    if is_sealed(store):
        return open_place(store, passphrase, floor=floor), None
    return seal_place(store, passphrase, costs=costs, floor=floor)


def open_place(
    store: ObjectStore,
    passphrase: str | Secret | None = None,
    *,
    recovery: str | Secret | None = None,
    passphrase_file: Path | None = None,
    known: Mark | None = None,
    header: Which = None,
    floor: Costs = FLOOR,
    about: About = "place",
) -> Place:
    """A place as it is: in clear, or opened.

    The passphrase is the one that is given, else the file's, else what this process opened the
    vault with before, else the one that the system's keyring keeps for it, else what somebody is
    asked for (``system.asking``). ``known`` is what was
    noted of the vault: with it a place that lies in clear now, another vault or an older header
    is Corrupt, and nothing is written there.

    Raises Invalid where a passphrase is given and the place is not encrypted, or does not open
    it, and Unavailable where there is none.
    """
    if not is_sealed(store):
        if known is not None:
            raise Corrupt(
                f"{store.url} was encrypted, and has no vault now",
                subject=store.url,
                hint="put vault.json back from a backup; nothing is written there in clear",
            )
        if passphrase is not None or recovery is not None or passphrase_file is not None:
            raise Invalid(
                f"{store.url} is not encrypted, so a passphrase protects nothing there",
                subject=store.url,
                hint="leave it out, or choose an empty place and have it encrypted",
            )
        return Place(store, None)
    vault = open_vault(
        store,
        passphrase,
        recovery=recovery,
        passphrase_file=passphrase_file,
        known=known,
        header=header,
        floor=floor,
        about=about,
    )
    return Place(vault.store(), vault)


def open_vault(
    store: ObjectStore,
    passphrase: str | Secret | None = None,
    *,
    recovery: str | Secret | None = None,
    passphrase_file: Path | None = None,
    known: Mark | None = None,
    header: Which = None,
    floor: Costs = FLOOR,
    about: About = "place",
    called: str = "",
) -> Vault:
    """The vault of an encrypted place. Raises NotFound where there is none, and as open_place.

    Whoever is asked is told what it is ``called``, else its address.
    """
    if passphrase is None and recovery is None:
        if passphrase_file is not None:
            passphrase = read_passphrase(passphrase_file)
        else:
            vault_id = _id_of(store)
            key = _open_keys.get(vault_id) if header is None else None
            opened = None if key is None else Vault.reopen(store, key, known=known, floor=floor)
            if opened is not None:
                return opened
            passphrase = ring.kept(vault_id) or _asked(called or store.url, about)
        if passphrase is None:
            raise Unavailable(
                f"{store.url} is encrypted, and its passphrase is not kept on this machine",
                subject=store.url,
                hint="give its passphrase, or a file with it that only you may read (mode 600)",
            )
    vault = Vault.open(
        store, passphrase, recovery=recovery, known=known, header=header, floor=floor
    )
    _open_keys[vault.mark.vault] = vault.key
    return vault


def reopened(store: ObjectStore) -> Vault | None:
    """A vault as this process has opened it before, without asking anybody."""
    key = _open_keys.get(_id_of(store))
    return None if key is None else Vault.reopen(store, key)


def need_sealed(store: ObjectStore, *, encrypted: bool) -> None:
    """Conflict where what an ``encrypted`` library sends would lie in clear in an open place."""
    if encrypted and not isinstance(store, SealedStore):
        raise Conflict(
            f"{store.url} is not encrypted, and this library is",
            subject=store.url,
            hint="give a passphrase for an empty place, or choose one that is encrypted",
        )


def at_hand(mark: Mark) -> bool:
    """Whether this process, or the system's keyring, can open a vault without asking anybody."""
    if mark.vault in _open_keys:
        return True
    with contextlib.suppress(Unavailable):  # a keyring that is locked does not help now
        return ring.kept(mark.vault) is not None
    return False


def in_keyring(mark: Mark) -> bool:
    """Whether the system's keyring keeps the passphrase; False where it is locked and stays so."""
    with contextlib.suppress(Unavailable):
        return ring.kept(mark.vault) is not None
    return False


def key_at_hand(mark: Mark) -> Secret | None:
    """What this process opened a vault with; its keys may have been renewed since."""
    return _open_keys.get(mark.vault)


def follow_in_keyring(place: Place, instead: str | Secret | None) -> bool:
    """Have the keyring keep no passphrase that opens nothing any more; whether it keeps one.

    ``instead`` is kept in place of one that does not open it. A keyring that keeps none, or is
    locked, stays as it is.
    """
    vault = place.vault
    if vault is None:
        return False
    with contextlib.suppress(Unavailable):
        kept = ring.kept(vault.mark.vault)
        if kept is None:
            return False
        if vault.is_opened_by(kept):
            return True
        if instead is not None:
            return ring.keep(vault.mark.vault, passphrase_of(instead))
        ring.forget(vault.mark.vault)
    return False


def _asked(called: str, about: About) -> Secret | None:
    answer = ask(f"Passphrase of {called}", about)
    return None if answer is None else passphrase_of(answer)


def _id_of(store: ObjectStore) -> str:
    """What the header calls its vault; whoever opens it proves that it is."""
    header = read_both(store)[0].header
    if header is None:
        raise NotFound(f"there is no vault in {store.url}", subject=store.url)
    return header.vault.hex()


def remember(vault: Vault) -> None:
    """Have this process open it without asking: after its keys were renewed."""
    _open_keys[vault.mark.vault] = vault.key


def count_old(place: Place, progress: Callable[[int, int], None] | None = None) -> int:
    """How many objects lie under keys that were renewed since; ``progress`` may raise to stop."""
    return count_old_of(place.vault.store(), progress) if place.vault is not None else 0


def rotate_place(place: Place, progress: Callable[[int, int], None] | None = None) -> Rotated:
    """Write what lies under older keys again; see ``audobon.storage.vault.rotating``."""
    if place.vault is None:
        raise Invalid(f"{place.store.url} is not encrypted", subject=place.store.url)
    return rotate(place.vault.store(), progress)


def keep_passphrase(place: Place, passphrase: str | Secret) -> bool:
    """Have the system's keyring keep the passphrase of an open place; whether there is one.

    Nothing else keeps it: without a keyring it is asked for each time.
    """
    if place.vault is None:
        return False
    return ring.keep(place.vault.mark.vault, passphrase_of(passphrase))


def erase_place(store: ObjectStore) -> bool:
    """Forget the keys of an encrypted place for good: nobody reads what lies there any more.

    Both headers go, and what this process and the system's keyring keep; whether the keyring had
    it. Needs no passphrase. The objects stay, of no use. Copies of a header, and keys that
    others hold, are elsewhere. NotFound where no vault is.
    """
    there = [look(store, key) for key in (COPY, MAIN)]
    if not is_sealed(store):
        raise NotFound(f"there is no vault in {store.url}", subject=store.url)
    vaults = {one.header.vault.hex() for one in there if one.header is not None}
    for one in there:
        store.delete(one.key)
    for vault in vaults:
        _open_keys.pop(vault, None)
    kept = [ring.forget(vault) for vault in vaults]
    return any(kept)


def forget_passphrase(mark: Mark) -> bool:
    """Have this process and the system's keyring forget it; whether the keyring had it."""
    _open_keys.pop(mark.vault, None)
    return ring.forget(mark.vault)
