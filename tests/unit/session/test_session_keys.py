"""Keys of encrypted places from a session: passphrases, recovery keys, renewed and rotated."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.panel.keys import Row, view
from audobon.services.places import sealing
from audobon.session import Session, State
from audobon.storage.vault import Costs, Vault, door

Until = Callable[..., State]

FIRST = "planted-Secret of Ada"
SECOND = "planted-Secret of Bea"
THIRD = "planted-Secret of later"
FOURTH = "planted-Secret of the end"
"""All that a search through files looks for begins alike."""
_CHEAP = Costs(memory_kib=8, passes=1, lanes=1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Argon2id itself, with the least it takes, whatever the headers say; a home of its own."""
    for name in ("DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home"))
    pytest.importorskip("cryptography")
    real = door.argon2id
    monkeypatch.setattr(door, "argon2id", lambda secret, salt, _: real(secret, salt, _CHEAP))


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring of this test's own behind the door: what it keeps, by the ids of vaults."""
    kept: dict[str, str] = {}

    class Backend:
        def get_password(self, _service: str, vault: str) -> str | None:
            return kept.get(vault)

        def set_password(self, _service: str, vault: str, text: str) -> None:
            kept[vault] = text

        def delete_password(self, _service: str, vault: str) -> None:
            del kept[vault]

    monkeypatch.setattr("audobon.storage.vault.ring._found", lambda: (Backend(), "the test's ring"))
    return kept


@pytest.fixture
def place(tmp_path: Path, folder: Path) -> str:
    """An encrypted remote of the library, to which it was pushed."""
    where = tmp_path / "safe"
    with audobon.Library.open(folder, author="Ada <ada@x>") as library:
        library.commit("first")
        library.remotes.add("safe", str(where), FIRST)
        library.push("safe")
    return str(where)


@pytest.fixture
def shown(opened_keys: Session, until: Until) -> Callable[[Callable[[State], object]], State]:
    def wait(fits: Callable[[State], object]) -> State:
        def ready(state: State) -> object:
            opened_keys.keys.watch()
            opened_keys.pump()
            return state.keys.known and state.transfer is None and fits(state)

        return until(ready, seconds=120.0)

    return wait


@pytest.fixture
def opened_keys(place: str, opened: Session) -> Session:
    """The session with the library open, after its remote was made."""
    return opened


Shown = Callable[[Callable[[State], object]], State]


def _row(state: State) -> Row:
    (row,) = view(state).rows
    return row


def _told(text: str) -> Callable[[State], bool]:
    return lambda state: state.notice is not None and text in state.notice.text


def _failed(text: str) -> Callable[[State], bool]:
    return lambda state: (
        state.notice is not None
        and state.notice.problem is not None
        and text in state.notice.problem.message
    )


def _opens(place: str, **how: str) -> bool:
    with sealing.place_at(place) as store:
        try:
            Vault.open(store, how.get("passphrase"), recovery=how.get("recovery"))
        except audobon.AudobonError:
            return False
        return True


def test_passphrases_are_added_changed_removed_and_forgotten(
    opened_keys: Session, place: str, shown: Shown
) -> None:
    keys = opened_keys.keys
    row = _row(shown(lambda state: state.keys.places))
    assert (row.title, row.open, row.names) == ("safe", True, ("first",))
    assert row.lines == (
        "Remote, open.",
        "Opened by 1 passphrase: first.",
        "This machine has no keyring: the passphrase is asked for in each start.",
    )
    keys.add("safe", " Bea ", SECOND)
    row = _row(shown(lambda state: len(_row(state).names) == 2))
    assert row.names == ("first", "Bea")
    assert _opens(place, passphrase=SECOND)
    keys.add(place, "Bea", THIRD)
    state = shown(_failed("there is a passphrase 'Bea' already"))
    assert state.notice is not None
    assert state.notice.problem is not None
    assert state.notice.problem.hint.startswith("change that one")
    keys.change(place, "Bea", THIRD)
    shown(_told("'Bea' of safe is another one now"))
    assert _opens(place, passphrase=THIRD)
    assert not _opens(place, passphrase=SECOND)
    keys.change(place, "Cyd", THIRD)
    shown(_failed("no passphrase is called 'Cyd'"))
    keys.remove(place, "Bea")
    shown(_told("'Bea' opens safe no more"))
    assert not _opens(place, passphrase=THIRD)
    keys.remove(place, "first")
    shown(_failed("'first' is the only passphrase"))
    keys.add(place, "Dan", "  ")
    shown(_failed("an empty passphrase protects nothing"))

    keys.forget(place)
    row = _row(shown(lambda state: not _row(state).open))
    assert row.lock == "Remote, locked: its passphrase or recovery key is needed."
    keys.add(place, "Dan", SECOND)
    shown(_failed("is encrypted, and its passphrase is not kept on this machine"))
    opened_keys.remotes.push("safe")
    shown(lambda state: state.notice is not None and "Pushing" in state.notice.text)
    shown(_failed("its passphrase is not kept on this machine"))
    failed: list[str] = []
    keys.unlock(place, "guessed", otherwise=lambda: failed.append("no"))
    shown(lambda _: failed)
    shown(_failed("this does not open the vault"))
    keys.unlock(place, FIRST)
    shown(lambda state: _row(state).open)
    opened_keys.remotes.push("safe")
    shown(_told("safe has everything"))


def test_a_recovery_key_and_renewed_keys_are_told_once_and_are_nowhere(
    opened_keys: Session,
    place: str,
    folder: Path,
    tmp_path: Path,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys, told = opened_keys.keys, list[str]()
    shown(lambda state: state.keys.places)
    keys.new_recovery("safe", told.append)
    shown(lambda _: told)
    assert len(told[0]) == 47
    assert _opens(place, recovery=told[0])
    keys.forget(place)
    shown(lambda state: not _row(state).open)
    keys.unlock(place, told[0], recovery=True)
    state = shown(_told("set a new passphrase now"))
    assert _row(state).open

    keys.add(place, "Bea", SECOND)
    keys.renew(place, THIRD, told.append)
    state = shown(lambda _: len(told) == 2)
    row = _row(shown(lambda state: _row(state).rotation))
    assert row.names == ("first",)
    assert row.rotation.startswith("Its keys were renewed, and some of it may still lie")
    assert [_opens(place, passphrase=one) for one in (FIRST, SECOND, THIRD)] == [False, False, True]
    assert [_opens(place, recovery=one) for one in told] == [False, True]
    # What was open with the old keys is opened anew: the new version is under the new one.
    (folder / "new.txt").write_text("new " * 100)
    with audobon.Library.open(folder) as library:
        library.add([folder])
        library.commit("a new one")
    opened_keys.remotes.push("safe")
    shown(_told("Sent to safe: 1 version"))
    keys.count(place)
    state = shown(lambda state: state.keys.places[0].old)
    assert _row(state).rotation.endswith("still under older keys. A rotation writes them again.")
    old = state.keys.places[0].old
    assert old is not None

    # It is stopped amid its work, and goes on from there.
    rotation = importlib.import_module("audobon.storage.vault.rotating")
    real, moved = rotation._one, list[bool]()

    def one(*what: Any) -> bool:
        moved.append(real(*what))
        if moved[-1] and sum(moved) == 2:
            keys.cancel()
        return moved[-1]

    monkeypatch.setattr(rotation, "_one", one)
    keys.rotate(place)
    shown(_told("Writing again under the new key: cancelled"))
    assert sum(moved) == 2
    keys.count(place)
    shown(lambda state: state.keys.places[0].old == old - 2)
    keys.rotate(place)
    state = shown(_told("all of it lies under the newest key"))
    assert not _row(state).rotation
    assert sum(moved) == old
    keys.look()
    assert not _row(shown(_told("lies under the newest key"))).rotation
    record = folder / ".audobon" / "derived" / "rotated.json"
    assert json.loads(record.read_text())["rotated"]

    opened_keys.log(told.append)
    shown(lambda _: len(told) == 3)
    log = told.pop()
    secrets = ["planted-Secret", *told, *(one.replace("-", "") for one in told)]
    assert not any(one in log + repr(opened_keys.state) for one in secrets)
    assert opened_keys.close(60.0)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(".audobon" in path.parts for path in files)
    for path in files:
        data = path.read_bytes()
        assert not any(one.encode() in data for one in secrets), path
    with audobon.Library.clone(place, tmp_path / "Bea", THIRD) as clone:
        clone.fetch(["new.txt"])
        assert (clone.path / "new.txt").read_text() == "new " * 100


def test_the_keyring_keeps_no_passphrase_that_opens_nothing(
    ring: dict[str, str], opened_keys: Session, place: str, shown: Shown
) -> None:
    keys = opened_keys.keys
    row = _row(shown(lambda state: state.keys.places))
    assert list(ring.values()) == [FIRST]
    assert row.kept == "The test's ring keeps its passphrase."
    keys.add(place, "Bea", SECOND)
    keys.change(place, "Bea", THIRD)
    shown(_told("'Bea' of safe is another one now"))
    assert list(ring.values()) == [FIRST], "another one than that which is kept"
    keys.change(place, "first", SECOND)
    shown(_told("'first' of safe is another one now"))
    assert list(ring.values()) == [SECOND]
    keys.renew(place, FOURTH)
    shown(_told("The keys of safe are new"))
    assert list(ring.values()) == [FOURTH]
    keys.add(place, "Bea", SECOND)
    keys.remove(place, "first")
    row = _row(shown(lambda state: not _row(state).kept.endswith("keeps its passphrase.")))
    assert (ring, row.open) == ({}, True)
    keys.forget(place)
    assert not _row(shown(lambda state: not _row(state).open)).forgets
    keys.unlock(place, SECOND)
    shown(lambda state: _row(state).open)
    assert list(ring.values()) == [SECOND]
    keys.forget(place)
    state = shown(_told("its passphrase is kept no more"))
    assert (ring, _row(state).open) == ({}, False)


def test_places_of_snapshots_are_there_and_one_that_is_away_says_so(
    opened_keys: Session, place: str, tmp_path: Path, shown: Shown
) -> None:
    snaps, keys = str(tmp_path / "snaps"), opened_keys.keys
    with sealing.place_at(snaps, create=True) as store:
        sealing.seal_place(store, FIRST)
    opened_keys.snapshots.take(snaps)
    opened_keys.snapshots.take(str(tmp_path / "in clear"))
    state = shown(lambda state: len(state.keys.places) == 2)
    assert [row.title for row in view(state).rows] == ["safe", snaps]
    assert view(state).rows[1].lock == "Place of snapshots, open."
    opened_keys.snapshots.look(snaps)
    shown(lambda state: state.snapshots.listed and state.snapshots.place == snaps)
    keys.forget(snaps)
    shown(lambda state: state.snapshots.locked and not view(state).rows[1].open)
    keys.unlock(snaps, FIRST)
    shown(lambda state: state.snapshots.listed and view(state).rows[1].open)

    Path(place).rename(tmp_path / "unplugged")
    keys.look()
    row = shown(lambda state: state.keys.places[0].trouble) and view(opened_keys.state).rows[0]
    assert row.lines == (row.trouble,)
    assert place in row.trouble
    (tmp_path / "unplugged").rename(place)
    for header in Path(place).glob("vault*"):
        header.unlink()
    keys.look()
    shown(lambda state: "was encrypted, and has no vault now" in state.keys.places[0].trouble)
    keys.forget(place)
    shown(_told("safe is locked"))
    keys.add(place, "Bea", SECOND)
    shown(_failed("there is no vault in"))
