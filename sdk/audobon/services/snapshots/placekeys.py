"""The keys of the encrypted places that a library has: itself, its remotes, and where snapshots go.

``sealing`` opens one place; here it is known which there are, and what else has to follow when
the keys of one change: what the keyring keeps, what is open already, the mark of its vault.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import evolve, frozen

from audobon.codec.plain import from_plain
from audobon.errors import AudobonError, Cancelled, Conflict, Corrupt, Invalid, NotFound
from audobon.model.sealedplace import SealedPlace
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress
from audobon.services.places import homerotation, homevault, sealing
from audobon.services.places.remotebook import Entry, change_entry, read_book
from audobon.services.places.remoteplace import held, let_go
from audobon.services.places.snapshotlimits import address_of, cap_at
from audobon.services.snapshots.scheduling import places, read_schedule
from audobon.storage.objects import ObjectStore, around, open_store
from audobon.storage.vault import Mark, Rotated, Secret, Vault
from audobon.storage.vault.copies import read_both
from audobon.storage.vault.header import Header
from audobon.storage.vault.library import LibraryKeys
from audobon.storage.vault.slots import is_signed
from audobon.storage.vault.vault import check_known
from audobon.work.background import release_worker

__all__ = ["change_passphrase", "count", "forget", "look", "look_at", "new_recovery", "remove"]
__all__ += ["renew", "rotate", "unlock"]

_LONGEST = 64  # letters of a name, as the vault has it
_OFFLINE = "a bucket, and online access is off"


@frozen
class _Spot:
    """An address, the remotes there, and whether snapshots go there.

    ``home``: the library's own vault lies there.
    """

    url: str
    entries: tuple[Entry, ...] = ()
    snapshots: bool = False
    home: bool = False

    @property
    def known(self) -> Mark | None:
        """What was noted of its vault, the newest."""
        marks = [from_plain(dict(one.mark), Mark) for one in self.entries if one.mark is not None]
        return max(marks, key=lambda mark: mark.serial, default=None)

    def ask(self) -> ObjectStore:
        """The place for a look: who looks is told at once that it does not answer."""
        account = next((one.impersonate_service_account for one in self.entries), "")
        return open_store(self.url, impersonate=account)

    def open(self, stores: Stores) -> ObjectStore:
        """The place for what is to be done there, asked again after what passes by itself."""
        return around(self.ask(), limit=cap_at(stores.place, self.url))


def _spots(stores: Stores) -> dict[str, _Spot]:
    """Every place that is encrypted, or may be, by its address."""
    found: dict[str, _Spot] = {}
    if stores.place.keys is not None:
        own = homevault.address_of(stores.place.state)
        found[address_of(own)] = _Spot(own, home=True)
    for entry in read_book(stores.place).remotes:
        if entry.mark is not None:
            address = address_of(entry.url)
            spot = found.get(address, _Spot(entry.url))
            found[address] = evolve(spot, entries=(*spot.entries, entry))
    usual = read_schedule(stores).to
    for place in (usual, *places(stores)) if usual else places(stores):
        address = address_of(place)
        found[address] = evolve(found.get(address, _Spot(place)), snapshots=True)
    return found


def _spot(stores: Stores, where: str) -> _Spot:
    """What is meant: a remote's name, else an address, which need not be known."""
    spots = _spots(stores)
    for spot in spots.values():
        if any(entry.name == where for entry in spot.entries):
            return spot
    if not where.strip():
        raise Invalid("no place is named", hint="name a remote, a folder or an address")
    return spots.get(address_of(where), _Spot(where))


# What is known of them


def look(
    stores: Stores, *, online: bool, progress: Progress | None, cancel: Callable[[], bool]
) -> tuple[SealedPlace, ...]:
    """See ``Keys.list``."""
    spots = tuple(_spots(stores).values())
    found: list[SealedPlace | None] = []
    for number, spot in enumerate(spots):
        if cancel():
            raise Cancelled("stopped looking at encrypted places")
        if progress is not None:
            progress(number, len(spots), spot.url)
        if not online and spot.url.startswith("gs:"):
            if spot.entries:
                found.append(_troubled(spot, _OFFLINE, "allow it, then look again"))
            continue
        try:
            found.append(_seen(stores, spot))
        except AudobonError as error:
            # Whether a place of snapshots that is away is encrypted nobody knows.
            if spot.entries or isinstance(error, Corrupt):
                found.append(_troubled(spot, error.message, error.hint))
    return tuple(one for one in found if one is not None)


def look_at(stores: Stores, where: str) -> SealedPlace:
    """See ``Keys.look``."""
    spot = _spot(stores, where)
    seen = _seen(stores, spot)
    if seen is None:
        raise NotFound(
            f"{spot.url} is not encrypted", subject=spot.url, hint="nothing has to be looked after"
        )
    return seen


def _seen(stores: Stores, spot: _Spot) -> SealedPlace | None:
    """What its header says; None for a place of snapshots in clear."""
    with contextlib.closing(spot.ask()) as store:
        if not sealing.is_sealed(store):
            if spot.known is None:
                return None
            raise Corrupt(
                f"{spot.url} was encrypted, and has no vault now",
                subject=spot.url,
                hint="put vault.json back from a backup; nothing is written there in clear",
            )
        header = _header(store)
    check_known(header, spot.known, spot.url)
    mark = Mark(header.vault.hex(), header.serial)
    key = sealing.key_at_hand(mark)
    for entry in spot.entries:
        _follow_renewed(stores, entry, header)
    kept = sealing.in_keyring(mark)
    return SealedPlace(
        *(spot.url, _name(spot), spot.snapshots),
        open=kept or (key is not None and is_signed(header, key)),
        kept=kept,
        passphrases=tuple(slot.name for slot in header.slots if slot.costs is not None),
        renewed=len(header.keys) > 1,
        old=0 if len(header.keys) == 1 or _is_rotated(stores, header) else None,
        home=spot.home,
    )


def _follow_renewed(stores: Stores, entry: Entry, header: Header) -> None:
    """What is open with keys that somebody has renewed since is opened anew at its next use."""
    opened = held(stores, entry)
    vault = None if opened is None else opened.place.vault
    if vault is not None and not is_signed(header, vault.key):
        let_go(stores, entry)


def _header(store: ObjectStore) -> Header:
    header = read_both(store)[0].header
    assert header is not None  # else it has raised
    return header


def _troubled(spot: _Spot, trouble: str, hint: str) -> SealedPlace:
    return SealedPlace(
        *(spot.url, _name(spot), spot.snapshots), trouble=trouble, hint=hint, home=spot.home
    )


def _name(spot: _Spot) -> str:
    return spot.entries[0].name if spot.entries else ""


# What is done with them


@contextlib.contextmanager
def _opened(
    stores: Stores,
    where: str,
    passphrase: str | Secret | None = None,
    recovery: str | Secret | None = None,
) -> Iterator[Vault]:
    """The vault of a place. Its mark is noted behind it, whatever was done."""
    spot = _spot(stores, where)
    with contextlib.closing(spot.open(stores)) as store:
        vault = sealing.open_vault(store, passphrase, recovery=recovery, known=spot.known)
        try:
            yield vault
        finally:
            sealing.remember(vault)
            _note(stores, spot, vault)


def _note(stores: Stores, spot: _Spot, vault: Vault) -> None:
    mark = {"vault": vault.mark.vault, "serial": vault.mark.serial}
    for entry in spot.entries:
        # What is open has the keys of before.
        let_go(stores, entry)
        if stores.read_only or entry.mark == mark:
            continue
        # It is advice for the next opening, and nobody may lose a new recovery key over it.
        with contextlib.suppress(AudobonError):
            change_entry(stores.place, entry.name, lambda one: evolve(one, mark=mark))


def _place(vault: Vault) -> sealing.Place:
    return sealing.Place(vault.store(), vault)


def unlock(
    stores: Stores,
    where: str,
    passphrase: str | Secret | None,
    recovery: str | Secret | None,
    *,
    keep: bool,
) -> bool:
    """See ``Keys.unlock``."""
    with _opened(stores, where, passphrase, recovery) as vault:
        if passphrase is None or not keep:
            return False
        with contextlib.suppress(AudobonError):  # a keyring that is locked: it is asked again, then
            return sealing.keep_passphrase(_place(vault), passphrase)
    return False


def change_passphrase(
    stores: Stores, where: str, passphrase: str | Secret, name: str, *, new: bool
) -> None:
    """See ``Keys.add_passphrase`` and ``Keys.change_passphrase``."""
    passphrase = sealing.passphrase_of(passphrase)
    if not name.isprintable() or name != name.strip():
        raise Invalid("a passphrase's name is one line of letters", subject=name[:_LONGEST])
    with _opened(stores, where) as vault:
        there = name in vault.passphrases
        if new and there:
            raise Conflict(
                f"there is a passphrase {name!r} already",
                subject=name,
                hint="change that one, or give the new one another name",
            )
        if not new and not there:
            raise NotFound(f"no passphrase is called {name[:_LONGEST]!r}", subject=name[:_LONGEST])
        vault.set_passphrase(passphrase, name)
        if not new:
            sealing.follow_in_keyring(_place(vault), passphrase)


def remove(stores: Stores, where: str, name: str) -> bool:
    """See ``Keys.remove_passphrase``."""
    with _opened(stores, where) as vault:
        vault.remove_passphrase(name)
        return sealing.follow_in_keyring(_place(vault), None)


def new_recovery(stores: Stores, where: str) -> Secret:
    """See ``Keys.new_recovery``."""
    with _opened(stores, where) as vault:
        return vault.new_recovery()


def renew(stores: Stores, where: str, passphrase: str | Secret) -> Secret:
    """See ``Keys.renew``."""
    passphrase = sealing.passphrase_of(passphrase)
    home = _home(stores, where)
    with _opened(stores, where) as vault:
        recovery = vault.renew(passphrase)
        if home is not None:
            _write_with(stores, home, vault)
        # Who loses this has to renew again: whatever the keyring answers, it is given back.
        with contextlib.suppress(AudobonError):
            sealing.follow_in_keyring(_place(vault), passphrase)
        return recovery


def _home(stores: Stores, where: str) -> LibraryKeys | None:
    """The library's own keys, where they are meant. Conflict for those of another library."""
    spot = _spot(stores, where)
    if spot.home:
        return stores.place.keys
    homevault.need_own(spot.url)
    return None


def _write_with(stores: Stores, keys: LibraryKeys, vault: Vault) -> None:
    """What is written from now on lies under the vault's newest key, in workers too."""
    if keys.current != vault.keys.current.hex():
        keys.renew(vault.keys)
        stores.end_keyed()
        # It has the keys of before, and would be refused what is new: another one begins.
        release_worker(stores.place.locks)


def rotate(
    stores: Stores, where: str, *, progress: Progress | None, cancel: Callable[[], bool]
) -> Rotated:
    """See ``Keys.rotate``."""
    with _opened(stores, where) as vault:
        text = "stopped; the next rotation goes on from there"
        report = _reporting(progress, cancel, text)
        if (home := _home(stores, where)) is not None:
            _write_with(stores, home, vault)
            return homerotation.rotate(stores, report)
        done = sealing.rotate_place(_place(vault), report)
        if not done.failed:
            _note_rotated(stores, vault)
        return done


def count(
    stores: Stores, where: str, *, progress: Progress | None, cancel: Callable[[], bool]
) -> int:
    """See ``Keys.count_old``."""
    with _opened(stores, where) as vault:
        report = _reporting(progress, cancel, "stopped counting what lies under older keys")
        if (home := _home(stores, where)) is not None:
            _write_with(stores, home, vault)
            return homerotation.count_old(stores.place, report)
        old = sealing.count_old(_place(vault), report)
        if not old:
            _note_rotated(stores, vault)
        return old


def forget(stores: Stores, where: str) -> bool:
    """See ``Keys.forget``."""
    spot = _spot(stores, where)
    mark = spot.known  # a disk that is away need not come back for it
    if mark is None:
        with contextlib.closing(spot.open(stores)) as store:
            header = _header(store)
        mark = Mark(header.vault.hex(), header.serial)
    for entry in spot.entries:
        let_go(stores, entry)
    return sealing.forget_passphrase(mark)


def _reporting(
    progress: Progress | None, cancel: Callable[[], bool], stopped: str
) -> Callable[[int, int], None]:
    def report(done: int, of: int) -> None:
        if cancel():
            raise Cancelled(stopped)
        if progress is not None:
            progress(done, of, f"{done:,} of {of:,} objects")

    return report


# What is known to be written under the newest key. It is derived: without it somebody counts.


def _is_rotated(stores: Stores, header: Header) -> bool:
    return _read(stores).get(header.vault.hex()) == header.keys[-1].id.hex()


def _note_rotated(stores: Stores, vault: Vault) -> None:
    if stores.read_only:
        return
    data = {**_read(stores), vault.mark.vault: vault.keys.current.hex()}
    written = json.dumps({"format": 1, "rotated": data}, indent=1).encode()
    with contextlib.suppress(OSError, AudobonError):  # what was rotated is rotated without it
        stores.place.files.write(_path(stores), written)


def _read(stores: Stores) -> dict[str, str]:
    try:
        data = json.loads(stores.place.files.read(_path(stores)))
        return {str(vault): str(key) for vault, key in data["rotated"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AudobonError):
        return {}


def _path(stores: Stores) -> Path:
    return stores.place.state / "derived" / "rotated.json"
