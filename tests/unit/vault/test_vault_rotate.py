"""Keys are renewed and what lies there is written again; stopped anywhere, it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from vault_support import CHEAP, PASSPHRASE, cheap_vault

from audobon.errors import AudobonError, Cancelled, Invalid
from audobon.storage.objects import ANY, MemoryStore
from audobon.storage.objects.base import Expected, ObjectStat
from audobon.storage.vault import SealedStore, Vault, count_old, rotate

NEW = "a new passphrase"
PLAIN = {
    "packs/large": bytes(range(256)) * 600,
    "packs/none": b"",
    "refs/main": b"1",
    "refs/other": b"2",
}


class Killed(BaseException):
    """No code of ours catches it, as none runs after a process is killed."""


class Dying(MemoryStore):
    """A place whose client dies before or after its n-th change."""

    left: int | None = None
    after = False

    def _die(self) -> None:
        if self.left is not None:
            if self.left == 0:
                raise Killed
            self.left -= 1

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        if not self.after:
            self._die()
        stat = super().put(key, data, expected)
        if self.after:
            self._die()
        return stat


def _open(store: MemoryStore, passphrase: str = PASSPHRASE) -> Vault:
    return Vault.open(store, passphrase, floor=CHEAP)


def _filled() -> Dying:
    store = Dying()
    vault, _ = cheap_vault(store)
    for key, data in PLAIN.items():
        vault.store().put(key, data)
    return store


def _whole(store: SealedStore) -> bool:
    return {each.key: store.get(each.key) for each in store.list()} == PLAIN


def test_all_is_written_again_under_the_new_key() -> None:
    store = _filled()
    vault = _open(store)
    vault.renew(NEW, costs=CHEAP)
    opened = vault.store()
    assert count_old(opened) == len(PLAIN)
    assert _whole(opened)
    seen: list[tuple[int, int]] = []
    done = rotate(opened, lambda at, of: seen.append((at, of)))
    assert (done.rewritten, done.failed) == (len(PLAIN), ())
    assert seen[-1] == (len(PLAIN), len(PLAIN))
    assert count_old(opened) == 0
    assert _whole(opened)
    assert rotate(opened).rewritten == 0
    # The old key opens nothing of it any more.
    keys = vault.keys
    old = {i: key for i, key in keys.masters.items() if i != keys.current}
    behind = SealedStore(store, type(keys)(keys.vault, keys.names, old, next(iter(old))))
    for key in PLAIN:
        with pytest.raises(AudobonError):
            behind.get(key)


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_every_step_nothing_is_lost(after: bool) -> None:
    steps = 0
    while True:
        store = _filled()
        store.after, store.left = after, steps
        ended = False
        try:
            vault = _open(store)
            vault.renew(NEW, costs=CHEAP)
            rotate(vault.store())
            ended = True
        except Killed:
            pass
        store.left = None
        # One of the two passphrases opens it, and everything is there.
        try:
            again = _open(store, NEW)
        except Invalid:
            again = _open(store)
            again.renew(NEW, costs=CHEAP)
        assert _whole(again.store())
        rotate(again.store())
        assert count_old(again.store()) == 0
        assert _whole(again.store())
        assert store.get("vault.json") == store.get("vault-copy.json")
        if ended:
            break
        steps += 1
    # Two headers, and each object once.
    assert steps == 2 + len(PLAIN)


def test_it_can_be_stopped_and_goes_on() -> None:
    store = _filled()
    vault = _open(store)
    vault.renew(NEW, costs=CHEAP)
    opened = vault.store()

    def stop(at: int, of: int) -> None:
        if at == 2:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        rotate(opened, stop)
    assert count_old(opened) == len(PLAIN) - 2
    assert rotate(opened).rewritten == len(PLAIN) - 2


def test_what_others_write_meanwhile_is_never_overwritten() -> None:
    store = _filled()
    behind = _open(store).store()
    vault = _open(store)
    vault.renew(NEW, costs=CHEAP)
    opened = vault.store()

    class Meddling(MemoryStore):
        pass

    written = []

    def meddle(at: int, of: int) -> None:
        # Just before each object is looked at, somebody who is behind writes a ref again.
        if at < of:
            behind.put("refs/main", f"newer {at}".encode())
            written.append(f"newer {at}".encode())

    assert rotate(opened, meddle).failed == ()
    assert opened.get("refs/main") == written[-1]
    rotate(opened)
    assert count_old(opened) == 0
    assert opened.get("refs/main") == written[-1]


def test_a_write_between_reading_and_writing_wins() -> None:
    class Racing(MemoryStore):
        meanwhile: tuple[str, bytes] | None = None

        def fetch(self, key: str, to: Path) -> ObjectStat:
            stat = super().fetch(key, to)
            if self.meanwhile is not None and self.meanwhile[0] == key:
                data, self.meanwhile = self.meanwhile[1], None
                super().put(key, data)
            return stat

    store = Racing()
    cheap_vault(store)
    behind = _open(store).store()
    behind.put("refs/main", b"2")
    (name,) = (stat.key for stat, key in behind.sealed() if key == "refs/main")
    newer = store.get(name)
    behind.put("refs/main", b"1")
    vault = _open(store)
    vault.renew(NEW, costs=CHEAP)
    store.meanwhile = (name, newer)
    assert rotate(vault.store()).rewritten == 1
    assert vault.store().get("refs/main") == b"2"
    assert count_old(vault.store()) == 0


def test_a_damaged_object_is_told_and_left_as_it_is() -> None:
    store = _filled()
    vault = _open(store)
    vault.renew(NEW, costs=CHEAP)
    opened = vault.store()
    (name,) = (stat.key for stat, key in opened.sealed() if key == "packs/large")
    damaged = bytearray(store.get(name))
    damaged[-1] ^= 1
    store.put(name, bytes(damaged))
    done = rotate(opened)
    assert done.rewritten == len(PLAIN) - 1
    assert [key for key, _ in done.failed] == ["packs/large"]
    assert store.get(name) == bytes(damaged)
