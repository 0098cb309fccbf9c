"""Remotes added, looked at, forgotten."""

from __future__ import annotations

import contextlib
import shutil

from attrs import evolve

from audobon.codec.plain import from_plain
from audobon.errors import Unavailable
from audobon.model.remote import Remote, RemoteState
from audobon.services.core.stores import Stores
from audobon.services.places.remotebook import (
    Entry,
    add_remote,
    change_entry,
    check_entry,
    check_limit,
    need_entry,
    remove_remote,
)
from audobon.services.places.remoteplace import (
    cache_of,
    hold_open,
    need_same_library,
    open_remote,
    plain_depot,
)
from audobon.services.places.sealing import at_hand, keep_passphrase, need_sealed
from audobon.services.places.snapshotlimits import address_of
from audobon.storage.vault import Mark, Secret

__all__ = ["add", "remove", "set_limit", "state", "unlock", "unlocked"]


def add(
    stores: Stores, name: str, url: str, passphrase: str | Secret | None, impersonate: str = ""
) -> Remote:
    """See ``Remotes.add``."""
    stores.need_writable("add a remote")
    entry = Entry(name, address_of(url), stores.now(), impersonate_service_account=impersonate)
    check_entry(stores.place, entry)
    opened = open_remote(entry, passphrase, create=True, seal=True)
    try:
        need_sealed(opened.place.store, encrypted=stores.place.keys is not None)
        with plain_depot(stores.place, entry, opened) as depot:
            need_same_library(depot, stores.place.id)
        made = add_remote(stores.place, evolve(entry, mark=opened.mark))
        if passphrase is not None:
            keep_passphrase(opened.place, passphrase)
    except BaseException:
        opened.close()
        raise
    hold_open(stores, entry, opened)
    return made if opened.recovery is None else evolve(made, recovery=opened.recovery.text())


def set_limit(stores: Stores, name: str, bytes_per_s: int | None) -> Remote:
    """See ``Remotes.set_limit``."""
    stores.need_writable("cap a remote")
    check_limit(bytes_per_s, name)
    return change_entry(stores.place, name, lambda one: evolve(one, limit=bytes_per_s)).public


def remove(stores: Stores, name: str) -> Remote:
    """See ``Remotes.remove``."""
    stores.need_writable("remove a remote")
    found = remove_remote(stores.place, name)
    history = stores.history
    for ref in history.refs(f"refs/remotes/{name}/"):
        history.remove_ref(ref)
    shutil.rmtree(cache_of(stores.place, name), ignore_errors=True)
    return found


def state(stores: Stores, name: str, branch: str | None) -> RemoteState:
    """See ``Remotes.state``."""
    entry = need_entry(stores.place, name)
    history = stores.history
    wanted = branch or history.current_branch()
    here, there = history.head(wanted), history.head(f"refs/remotes/{name}/{wanted}")
    if here is None or there is None:
        alone = len(history.log(wanted, limit=1_000_000)) if here is not None else 0
        return RemoteState(name, entry.url, wanted, alone, 0, known=False)
    ahead, behind = history.ahead_behind(here, there)
    return RemoteState(name, entry.url, wanted, ahead, behind, known=True)


def unlocked(stores: Stores, name: str) -> bool:
    """See ``Remotes.unlocked``."""
    entry = need_entry(stores.place, name)
    return entry.mark is None or at_hand(from_plain(dict(entry.mark), Mark))


def unlock(stores: Stores, name: str, passphrase: str | Secret) -> bool:
    """See ``Remotes.unlock``."""
    entry = need_entry(stores.place, name)
    opened = open_remote(entry, passphrase)
    hold_open(stores, entry, opened)
    if opened.mark != entry.mark and not stores.read_only:
        change_entry(stores.place, name, lambda one: evolve(one, mark=opened.mark))
    with contextlib.suppress(Unavailable):  # a keyring that is locked: it is asked again, then
        return keep_passphrase(opened.place, passphrase)
    return False
