"""A vault: the keys of one place, and who may open them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, Literal

from attrs import evolve, frozen

from audobon.errors import Conflict, Corrupt, Invalid, NotFound, Unavailable
from audobon.storage.objects.base import ABSENT, Expected, ObjectStore
from audobon.storage.vault import copies, door, slots
from audobon.storage.vault.costs import DEFAULT, FLOOR, Costs, check_costs
from audobon.storage.vault.header import Header
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.recovery import new_recovery, read_recovery, write_recovery
from audobon.storage.vault.sealed import SealedStore
from audobon.storage.vault.secret import Secret, passphrase_of, secret_of

__all__ = ["FIRST", "Mark", "Vault", "check_known"]

FIRST: Final = "first"
"""The name of the passphrase that a vault is made with."""
_AGAIN = 10
_MOVED: Final = "?"  # no store calls a generation so
_NAME = 64


@frozen
class Mark:
    """What to remember of a vault, so that an older header or another vault is known for it."""

    vault: str
    serial: int


class Vault:
    """An open vault. Made by :meth:`create` and :meth:`open`; ``repr`` and pickles have no key.

    ``floor`` is the weakest guard of a passphrase that is taken, and only tests lower it.
    """

    def __init__(
        self, store: ObjectStore, header: Header, key: Secret, expected: Expected, floor: Costs
    ) -> None:
        self._store = store
        self._header = header
        self._key = key
        self._expected = expected
        self._floor = floor

    def __repr__(self) -> str:
        return f"Vault({self._store.url!r}, {self.mark!r})"

    @classmethod
    def create(
        cls,
        store: ObjectStore,
        passphrase: str | Secret,
        *,
        costs: Costs = DEFAULT,
        floor: Costs = FLOOR,
    ) -> tuple[Vault, Secret]:
        """A vault in an empty place, and its recovery key to be printed.

        Raises Conflict where a vault or anything else lies there already.
        """
        passphrase = passphrase_of(passphrase)
        check_costs(costs, floor, read=False)
        if next(iter(store.list()), None) is not None:
            raise Conflict(
                f"{store.url} is not empty, and what lies there would stay unencrypted",
                subject=store.url,
                hint="choose an empty folder or prefix",
            )
        vault, key, recovery = os.urandom(16), Secret(os.urandom(32)), new_recovery()
        header = slots.fresh_header(vault, key)
        opens = slots.passphrase_slot(FIRST, passphrase, costs, vault, key)
        header = slots.with_slot(header, opens)
        header = slots.with_slot(header, slots.recovery_slot(recovery, vault, key))
        header = slots.sign(header, key)
        expected = copies.write_main(store, header, ABSENT)
        return cls(store, header, key, expected, floor), write_recovery(recovery)

    @classmethod
    def open(
        cls,
        store: ObjectStore,
        passphrase: str | Secret | None = None,
        *,
        recovery: str | Secret | None = None,
        known: Mark | None = None,
        header: Literal["main", "copy"] | None = None,
        floor: Costs = FLOOR,
    ) -> Vault:
        """The vault that lies in ``store``, opened by a passphrase or the recovery key.

        A header that is lost or damaged is put back from its copy, where the place can be
        written. ``header`` takes one of the two only, and has the other follow.

        Raises NotFound (no vault), Invalid (what was given does not open it), Unavailable
        (nothing was given), Corrupt (both headers damaged; or older than ``known``, or another
        vault), LimitExceeded and Invalid for costs that are none of ours.
        """
        # First, so that no frame of ours holds a plain one when something fails below.
        passphrase = None if passphrase is None else secret_of(passphrase)
        recovery = None if recovery is None else secret_of(recovery)
        phrase = None if passphrase is None else passphrase_of(passphrase)
        paper = None if recovery is None else read_recovery(recovery)
        door.require()
        candidates = _candidates(store, header)
        if phrase is None and paper is None:
            raise Unavailable(
                f"{store.url} is encrypted, and no passphrase was given",
                subject=store.url,
                hint="give its passphrase or its recovery key",
            )
        opened = _first_open(candidates, store.url, floor, phrase, paper)
        if opened is None:
            raise Invalid(
                f"this does not open the vault in {store.url}",
                subject=store.url,
                hint="check the passphrase, its capitals and the keyboard's language",
            )
        found, key, other_changed = opened
        force = header is not None or other_changed
        return cls._opened(store, found, key, known, floor, force=force)

    @classmethod
    def reopen(
        cls, store: ObjectStore, key: Secret, *, known: Mark | None = None, floor: Costs = FLOOR
    ) -> Vault | None:
        """The vault by the :attr:`key` of an earlier opening, without Argon2id.

        None when its keys were renewed, or when somebody changed its header.

        Raises NotFound, and Corrupt as :meth:`open` does.
        """
        header = _candidates(store, None)[0]
        if not slots.is_signed(header, key):
            return None
        return cls._opened(store, header, key, known, floor, force=False)

    @classmethod
    def _opened(
        cls,
        store: ObjectStore,
        header: Header,
        key: Secret,
        known: Mark | None,
        floor: Costs,
        *,
        force: bool,
    ) -> Vault:
        check_known(header, known, store.url)
        copies.mend(store, header, force=force)
        now = copies.look(store, copies.MAIN)
        # Where somebody moved it on meanwhile, the next change has to look at it first.
        expected = now.expected if now.header in (None, header) else _MOVED
        return cls(store, header, key, expected, floor)

    @property
    def key(self) -> Secret:
        """What :meth:`reopen` takes until the keys are renewed. Never to be kept on disk."""
        return self._key

    @property
    def keys(self) -> Keys:
        """The keys as they are now."""
        return slots.open_keys(self._header, self._key, self._store.url)

    @property
    def mark(self) -> Mark:
        """What to give to the next :meth:`open` as ``known``."""
        return Mark(self._header.vault.hex(), self._header.serial)

    @property
    def place(self) -> ObjectStore:
        """Where it lies, as others see it."""
        return self._store

    @property
    def passphrases(self) -> tuple[str, ...]:
        """The names of the passphrases that open it."""
        return tuple(each.name for each in self._header.slots if each.costs is not None)

    def is_opened_by(self, passphrase: Secret) -> bool:
        """Whether this passphrase opens it as its header is now."""
        found = slots.open_slot(
            self._header, self._store.url, self._floor, passphrase=passphrase, recovery=None
        )
        return found is not None

    def store(self) -> SealedStore:
        """The place, opened with the keys as they are now."""
        return SealedStore(self._store, self.keys)

    def set_passphrase(
        self, passphrase: str | Secret, name: str = FIRST, *, costs: Costs = DEFAULT
    ) -> None:
        """One passphrase more, or another one of that name: only the header is written.

        Who had an old passphrase and kept the old header still has the keys: :meth:`renew` is
        for that.
        """
        passphrase = passphrase_of(passphrase)
        check_costs(costs, self._floor, read=False)
        if not name or len(name) > _NAME or name == slots.RECOVERY:
            raise Invalid(f"a passphrase cannot be called {name[:80]!r}", subject=name[:80])
        slot = slots.passphrase_slot(name, passphrase, costs, self._header.vault, self._key)
        self._change(lambda header: slots.with_slot(header, slot))

    def remove_passphrase(self, name: str) -> None:
        """Forget one of several passphrases. Raises NotFound, and Conflict for the last one."""

        def change(header: Header) -> Header:
            left = tuple(each for each in header.slots if each.name != name or each.costs is None)
            if len(left) == len(header.slots):
                raise NotFound(f"no passphrase is called {name[:80]!r}", subject=name[:80])
            if all(each.costs is None for each in left):
                raise Conflict(f"{name!r} is the only passphrase", hint="set another one first")
            return evolve(header, slots=left)

        self._change(change)

    def new_recovery(self) -> Secret:
        """Another recovery key, to be printed; the one before opens nothing any more."""
        recovery = new_recovery()
        slot = slots.recovery_slot(recovery, self._header.vault, self._key)
        self._change(lambda header: slots.with_slot(header, slot))
        return write_recovery(recovery)

    def renew(self, passphrase: str | Secret, *, costs: Costs = DEFAULT) -> Secret:
        """New keys for all that is written from now on, opened by ``passphrase`` alone.

        Every other passphrase and the recovery key end; the new recovery key is returned. What
        lies there is still read; ``rotate`` writes it again under the new key.
        """
        passphrase = passphrase_of(passphrase)
        check_costs(costs, self._floor, read=False)
        fresh, recovery = Secret(os.urandom(32)), new_recovery()
        vault = self._header.vault
        one = slots.passphrase_slot(FIRST, passphrase, costs, vault, fresh)
        other = slots.recovery_slot(recovery, vault, fresh)

        def change(header: Header) -> Header:
            renewed = slots.renewed(header, self._key, fresh, self._store.url)
            return slots.with_slot(slots.with_slot(renewed, one), other)

        self._change(change, fresh)
        return write_recovery(recovery)

    def drop_old(self) -> bool:
        """Forget the keys that came before the newest; whether there were any.

        For whoever knows that nothing lies under them any more: it would be lost.
        """
        if len(self._header.keys) == 1:
            return False
        newest = self._header.keys[-1]

        def change(header: Header) -> Header:
            if header.keys[-1] != newest:
                raise Conflict(f"the keys of the vault in {self._store.url} were renewed meanwhile")
            return evolve(header, keys=(newest,))

        self._change(change)
        return True

    def _change(self, change: Callable[[Header], Header], fresh: Secret | None = None) -> None:
        """Move the header on by compare-and-swap; what somebody else changed meanwhile stays."""
        for _ in range(_AGAIN):
            header = change(self._header)
            key = fresh or self._key
            header = slots.sign(evolve(header, serial=header.serial + 1), key)
            try:
                self._expected = copies.write_main(self._store, header, self._expected)
            except Conflict:
                self._look_again()
                continue
            self._header, self._key = header, key
            return
        raise Conflict(f"the vault in {self._store.url} is changed by others all the time")

    def _look_again(self) -> None:
        """Take in what the header says now. Raises Conflict when its keys were renewed."""
        now = copies.look(self._store, copies.MAIN)
        if now.header is None or now.header == self._header:
            self._expected = now.expected
            return
        if not slots.is_signed(now.header, self._key):
            raise Conflict(
                f"the keys of the vault in {self._store.url} were renewed by somebody else",
                subject=self._store.url,
                hint="open it again with the passphrase that holds now",
            )
        self._header, self._expected = now.header, now.expected


def _candidates(store: ObjectStore, which: Literal["main", "copy"] | None) -> list[Header]:
    if which is None:
        return [each.header for each in copies.read_both(store) if each.header is not None]
    found = copies.look(store, copies.MAIN if which == "main" else copies.COPY)
    if found.header is None:
        raise found.error or NotFound(f"there is no {found.key} in {store.url}", subject=found.key)
    return [found.header]


def _first_open(
    headers: list[Header], where: str, floor: Costs, phrase: Secret | None, paper: Secret | None
) -> tuple[Header, Secret, bool] | None:
    """The newest header and its key; the other one only where the newest was changed: then True."""
    failed: Corrupt | None = None
    for header in headers:
        try:
            key = slots.open_slot(header, where, floor, passphrase=phrase, recovery=paper)
        except Corrupt as error:
            failed = failed or error
            continue
        if key is not None:
            return header, key, failed is not None
        if failed is None:
            return None
    if failed is not None:
        raise failed
    return None


def check_known(found: Header, known: Mark | None, where: str) -> None:
    """Raise Corrupt for another vault than the one that was known, or an older header of it."""
    if known is None:
        return
    if found.vault.hex() != known.vault:
        raise Corrupt(
            f"another vault lies in {where} than the one that was known",
            subject=where,
            hint="ask whoever looks after that place; nothing was read or written",
        )
    if found.serial < known.serial:
        raise Corrupt(
            f"the vault in {where} is older than when it was last seen",
            subject=where,
            hint="its store was rolled back: keys and passphrases of then would hold again",
        )
