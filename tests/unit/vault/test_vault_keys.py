"""Who opens a vault and who does not, and what a changed or lost header does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_support import CHEAP, PASSPHRASE, all_bytes, cheap_vault

from audobon.errors import (
    AudobonError,
    Conflict,
    Corrupt,
    Invalid,
    LimitExceeded,
    NewerFormat,
    NotFound,
    Unavailable,
)
from audobon.storage.objects import MemoryStore
from audobon.storage.vault import CEILING, DEFAULT, FLOOR, Costs, Mark, Vault, is_sealed
from audobon.storage.vault.header import KEYS, Header, read_header, write_header
from audobon.storage.vault.recovery import new_recovery, read_recovery, write_recovery

MAIN, COPY = "vault.json", "vault-copy.json"


def _open(store: MemoryStore, passphrase: str | None = PASSPHRASE, **more: object) -> Vault:
    return Vault.open(store, passphrase, floor=CHEAP, **more)  # type: ignore[arg-type]


def _closed(store: MemoryStore, passphrase: str | None = None, **more: object) -> None:
    with pytest.raises(Invalid, match="does not open the vault"):
        _open(store, passphrase, **more)


def test_a_vault_is_made_and_opened_again() -> None:
    store = MemoryStore()
    assert not is_sealed(store)
    vault, _ = cheap_vault(store)
    vault.store().put("refs/main", b"1")
    assert is_sealed(store)
    again = _open(store)
    assert again.store().get("refs/main") == b"1"
    assert again.mark == vault.mark
    assert again.passphrases == ("first",)


def test_the_same_letters_composed_otherwise_are_the_same_passphrase() -> None:
    store = MemoryStore()
    cheap_vault(store, "gr\u00fcn und gro\u00df")
    _open(store, "gru\u0308n und gro\u00df")


def test_a_wrong_passphrase_says_no_more_than_that() -> None:
    store = MemoryStore()
    vault, _ = cheap_vault(store)
    vault.set_passphrase("another one", "bea", costs=CHEAP)
    told = []
    for wrong in ("correct horse", PASSPHRASE + " ", PASSPHRASE.upper(), "another", "x"):
        with pytest.raises(Invalid) as caught:
            _open(store, wrong)
        told.append((str(caught.value), caught.value.hint))
        assert wrong not in (caught.value.message, caught.value.hint, caught.value.subject)
    assert len(set(told)) == 1
    with pytest.raises(Invalid, match="empty"):
        _open(store, "  ")
    with pytest.raises(Unavailable, match="no passphrase was given"):
        _open(store, None)


def test_the_recovery_key_opens_it_as_people_type_it() -> None:
    store = MemoryStore()
    vault, recovery = cheap_vault(store)
    vault.store().put("refs/main", b"1")
    assert len(recovery) == 47
    typed = recovery.lower().replace("-", "  ").replace("o", "0").replace("i", "1")
    for text in (recovery, typed):
        assert _open(store, None, recovery=text).store().get("refs/main") == b"1"
    _closed(store, recovery=write_recovery(new_recovery()).text())
    second = vault.new_recovery().text()
    _closed(store, recovery=recovery)
    _open(store, None, recovery=second)
    _open(store)


@settings(max_examples=100)
@given(st.data())
def test_a_misread_letter_of_the_recovery_key_is_told(data: st.DataObject) -> None:
    key = new_recovery()
    text = write_recovery(key).text()
    assert read_recovery(text) == key
    at = data.draw(st.integers(0, len(text) - 1).filter(lambda at: text[at] != "-"))
    letters = [each for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" if each != text[at]]
    changed = text[:at] + data.draw(st.sampled_from(letters)) + text[at + 1 :]
    with pytest.raises(Invalid, match="misread") as caught:
        read_recovery(changed)
    assert changed not in caught.value.message


@pytest.mark.parametrize("text", ["", "ABCDE", "ä" * 40, "A" * 40, "A" * 48])
def test_what_is_no_recovery_key_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no recovery key"):
        read_recovery(text)


def test_a_changed_passphrase_moves_only_the_header() -> None:
    store = MemoryStore()
    vault, _ = cheap_vault(store)
    vault.store().put("packs/one", b"1" * 1000)
    before = {each.key: each.generation for each in store.list()}
    vault.set_passphrase("quite another one", costs=CHEAP)
    after = {each.key: each.generation for each in store.list()}
    assert {key for key in after if after[key] != before[key]} == {MAIN, COPY}
    _closed(store, PASSPHRASE)
    assert _open(store, "quite another one").store().get("packs/one") == b"1" * 1000


def test_several_people_have_a_passphrase_each() -> None:
    store = MemoryStore()
    vault, _ = cheap_vault(store)
    vault.set_passphrase("of bea", "bea", costs=CHEAP)
    _open(store, "of bea")
    vault.remove_passphrase("first")
    _closed(store, PASSPHRASE)
    with pytest.raises(Conflict, match="only passphrase"):
        vault.remove_passphrase("bea")
    with pytest.raises(NotFound):
        vault.remove_passphrase("carl")
    for bad in ("", "x" * 65, "recovery"):
        with pytest.raises(Invalid):
            vault.set_passphrase("of bea", bad, costs=CHEAP)


def test_more_passphrases_or_keys_than_a_header_is_read_with_are_refused() -> None:
    store = MemoryStore()
    vault, recovery = cheap_vault(store)
    for number in range(6):
        vault.set_passphrase(f"one of {number}", f"number {number}", costs=CHEAP)
    before = all_bytes(store)
    with pytest.raises(LimitExceeded, match="there are 7 passphrases"):
        vault.set_passphrase("one too many", "eighth", costs=CHEAP)
    assert all_bytes(store) == before
    vault.set_passphrase("another one", "number 3", costs=CHEAP)
    vault.new_recovery()
    assert len(Vault.open(store, "another one", floor=CHEAP).passphrases) == 7

    header = vault._header
    vault._header = evolve(header, keys=header.keys * KEYS)
    with pytest.raises(LimitExceeded, match="cannot be again"):
        vault.renew("another one", costs=CHEAP)
    assert Vault.open(store, PASSPHRASE, floor=CHEAP).keys.current == header.keys[-1].id
    with pytest.raises(Invalid):
        Vault.open(store, recovery=recovery, floor=CHEAP)


def test_renewed_keys_end_every_other_way_in() -> None:
    store = MemoryStore()
    vault, recovery = cheap_vault(store)
    vault.set_passphrase("of bea", "bea", costs=CHEAP)
    vault.store().put("packs/old", b"old")
    second = vault.renew("a new one", costs=CHEAP).text()
    for text in (PASSPHRASE, "of bea"):
        _closed(store, text)
    _closed(store, recovery=recovery)
    now = _open(store, None, recovery=second)
    assert now.store().get("packs/old") == b"old"
    now.store().put("packs/new", b"new")
    assert len(now.keys.masters) == 2
    assert _open(store, "a new one").store().get("packs/new") == b"new"


def test_who_opened_it_before_the_keys_were_renewed_is_told() -> None:
    store = MemoryStore()
    cheap_vault(store)
    one, other = _open(store), _open(store)
    behind = other.store()
    one.renew("a new one", costs=CHEAP)
    one.store().put("packs/new", b"new")
    with pytest.raises(Conflict) as caught:
        behind.get("packs/new")
    assert "newer key" in str(caught.value)
    assert "open it again" in caught.value.hint
    with pytest.raises(Conflict, match="renewed by somebody else"):
        other.set_passphrase("mine", costs=CHEAP)
    _open(store, "a new one")


def test_two_who_change_it_at_once_both_succeed() -> None:
    store = MemoryStore()
    cheap_vault(store)
    vaults = [_open(store) for _ in range(4)]
    failed: list[BaseException] = []

    def add(number: int) -> None:
        try:
            vaults[number].set_passphrase(f"passphrase {number}", f"p{number}", costs=CHEAP)
        except AudobonError as error:
            failed.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    now = _open(store, "passphrase 3")
    assert sorted(now.passphrases) == ["first", "p0", "p1", "p2", "p3"]
    assert store.get(MAIN) == store.get(COPY)


def test_only_an_empty_place_becomes_a_vault() -> None:
    store = MemoryStore()
    store.put("refs/main", b"in clear")
    with pytest.raises(Conflict, match="not empty"):
        cheap_vault(store)
    store.delete("refs/main")
    cheap_vault(store)
    with pytest.raises(Conflict, match="not empty"):
        cheap_vault(store)
    with pytest.raises(NotFound, match="no vault"):
        _open(MemoryStore())


@pytest.mark.parametrize("lost", [MAIN, COPY])
@pytest.mark.parametrize("how", ["deleted", "cut", "flipped", "emptied", "other"])
def test_either_header_comes_back_from_the_other(lost: str, how: str) -> None:
    store = MemoryStore()
    vault, _ = cheap_vault(store)
    vault.store().put("refs/main", b"1")
    whole = store.get(MAIN)
    damaged = {
        "cut": whole[:-30],
        "flipped": whole[:50] + bytes([whole[50] ^ 1]) + whole[51:],
        "emptied": b"",
        "other": b"{}\n" + b"0" * 64 + b"\n",
    }
    if how == "deleted":
        store.delete(lost)
    else:
        store.put(lost, damaged[how])
    assert _open(store).store().get("refs/main") == b"1"
    assert store.get(MAIN) == store.get(COPY) == whole


def test_both_headers_damaged_is_told_and_nothing_is_written() -> None:
    store = MemoryStore()
    cheap_vault(store)
    for key in (MAIN, COPY):
        store.put(key, b"damaged")
    with pytest.raises(Corrupt, match="damaged") as caught:
        _open(store)
    assert "backup" in caught.value.hint
    assert store.get(MAIN) == b"damaged"


def test_a_copy_that_is_behind_follows() -> None:
    store = MemoryStore()
    vault, _ = cheap_vault(store)
    older = store.get(COPY)
    vault.set_passphrase("of bea", "bea", costs=CHEAP)
    store.put(COPY, older)
    _open(store, "of bea")
    assert store.get(COPY) == store.get(MAIN) != older


def _forged(store: MemoryStore, change: Callable[[Header], Header], *keys: str) -> None:
    """A header with a digest that fits, as who holds the store can write one."""
    data = write_header(change(read_header(store.get(MAIN), "here")))
    for key in keys or (MAIN, COPY):
        store.put(key, data)


def test_a_header_that_somebody_else_changed_is_not_taken() -> None:
    changes: dict[str, Callable[[Header], Header]] = {
        "serial": lambda header: evolve(header, serial=header.serial + 1),
        "slots": lambda header: evolve(header, slots=header.slots[:1]),
        "keys": lambda header: evolve(header, keys=header.keys * 2),
        "mac": lambda header: evolve(header, mac=bytes(32)),
    }
    for what, change in changes.items():
        store = MemoryStore()
        cheap_vault(store)
        whole = store.get(MAIN)
        _forged(store, change)
        with pytest.raises(Corrupt, match="was changed"):
            _open(store)
        # The other one is still good: it is taken, and the forged one goes.
        store.put(COPY, whole)
        assert _open(store).mark.serial == 1, what


def test_a_forged_header_that_nothing_opens_is_gone_round() -> None:
    store = MemoryStore()
    cheap_vault(store)
    whole = store.get(MAIN)
    _forged(store, lambda header: evolve(header, serial=1 << 40, slots=header.slots[1:]), MAIN)
    _closed(store, PASSPHRASE)
    _open(store, header="copy")
    assert store.get(MAIN) == whole
    _open(store)


def test_another_vault_or_an_older_header_is_known_for_one() -> None:
    store, other = MemoryStore(), MemoryStore()
    vault, _ = cheap_vault(store)
    older = store.get(MAIN)
    vault.set_passphrase("of bea", "bea", costs=CHEAP)
    known = vault.mark
    assert _open(store, known=known).mark == known
    for key in (MAIN, COPY):
        store.put(key, older)
    with pytest.raises(Corrupt, match="older than when it was last seen"):
        _open(store, known=known)
    cheap_vault(other)
    with pytest.raises(Corrupt, match="another vault"):
        _open(other, known=known)
    with pytest.raises(Corrupt, match="another vault"):
        _open(store, known=Mark("00" * 16, 0))


def _asking(costs: Costs) -> MemoryStore:
    store = MemoryStore()
    cheap_vault(store)
    _forged(
        store,
        lambda header: evolve(header, slots=tuple(evolve(s, costs=costs) for s in header.slots)),
    )
    return store


@pytest.mark.parametrize(
    "costs",
    [
        evolve(FLOOR, memory_kib=FLOOR.memory_kib - 1),
        evolve(FLOOR, passes=FLOOR.passes - 1),
        Costs(8, 1, 1),
        Costs(0, 0, 0),
        Costs(FLOOR.memory_kib, 3, 0),
    ],
)
def test_costs_below_the_floor_are_refused(costs: Costs) -> None:
    with pytest.raises(Invalid, match="at least"):
        Vault.open(_asking(costs), PASSPHRASE)
    with pytest.raises(Invalid, match="at least"):
        Vault.create(MemoryStore(), PASSPHRASE, costs=costs)


@pytest.mark.parametrize(
    "costs",
    [
        evolve(CEILING, memory_kib=CEILING.memory_kib + 1),
        Costs((1 << 53) - 1, 3, 4),
        evolve(FLOOR, passes=(1 << 32) - 1),
        evolve(CEILING, lanes=CEILING.lanes + 1),
    ],
)
def test_costs_that_would_eat_the_machine_are_refused(costs: Costs) -> None:
    with pytest.raises(LimitExceeded, match="at most"):
        Vault.open(_asking(costs), PASSPHRASE)


def test_the_costs_that_are_made_are_between_floor_and_ceiling() -> None:
    store = MemoryStore()
    Vault.create(store, PASSPHRASE)
    assert read_header(store.get(MAIN), "here").slots[0].costs == DEFAULT
    Vault.open(store, PASSPHRASE)


def test_a_newer_header_is_told() -> None:
    store = MemoryStore()
    cheap_vault(store)
    line = json.loads(store.get(MAIN).split(b"\n")[0])
    line["audobon_vault"] = 2
    import hashlib

    text = json.dumps(line).encode()
    newer = text + b"\n" + hashlib.sha256(text).hexdigest().encode() + b"\n"
    for key in (MAIN, COPY):
        store.put(key, newer)
    with pytest.raises(NewerFormat):
        _open(store)
    assert store.get(MAIN) == newer


def test_every_flipped_bit_of_a_header_is_found() -> None:
    store = MemoryStore()
    cheap_vault(store)
    whole = store.get(MAIN)
    assert read_header(whole, "here").serial == 1
    for bit in range(0, len(whole) * 8):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Corrupt):
            read_header(bytes(changed), "here")
