"""The keys of an encrypted library are renewed; what lies under older ones is written again."""

from __future__ import annotations

import hmac
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import audobon
from audobon.errors import Busy, Cancelled, Corrupt, NoKey
from audobon.services.core.place import open_place
from audobon.services.places import homerotation, sealing
from audobon.storage.sqlite import connect, in_clear, is_under, under_key
from audobon.storage.vault import Costs, door
from audobon.storage.vault.copies import read_both
from audobon.storage.vault.library import LibraryKeys
from audobon.testing.pictures import write_png

PHRASE, OTHER = "zwei eulen wandern", "drei dachse graben"
WORD = "graumoos"
_CHEAP = Costs(memory_kib=8, passes=1, lanes=1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Argon2id itself, with the least it takes; no keyring; a process that knows nothing yet."""
    for name in ("DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AUDOBON_KEYRING", "off")
    monkeypatch.setattr(sealing, "_open_keys", {})
    real = door.argon2id
    monkeypatch.setattr(door, "argon2id", lambda secret, salt, _: real(secret, salt, _CHEAP))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted library with versions, a note, a log and an index of packs."""
    folder = tmp_path_factory.mktemp("made") / "art"
    folder.mkdir()
    real = door.argon2id
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDOBON_KEYRING", "off")
        patch.setattr(sealing, "_open_keys", {})
        patch.setattr(door, "argon2id", lambda secret, salt, _: real(secret, salt, _CHEAP))
        _fill(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    folder = tmp_path / "art"
    shutil.copytree(made, folder)
    with audobon.Library.open(folder, passphrase=PHRASE):
        return folder


def _fill(folder: Path) -> None:
    oak = folder / f"{WORD}-oak.png"
    write_png(oak, 20, 20, color=(160, 120, 70))
    with audobon.Library.create(folder, passphrase=PHRASE) as lib:
        lib.add([folder], tags=[f"{WORD}-tag"])
        lib.commit(f"{WORD} first")
        write_png(oak, 21, 20, color=(1, 2, 3))
        lib.commit(f"{WORD} second")
        place = lib._stores.place
        place.details.mkdir(parents=True, exist_ok=True)
        place.files.write(place.details / "note.json", b"{}")
        assert lib.search(WORD).total == 1


def keys_in(folder: Path) -> int:
    store = sealing.open_store(str(folder / ".audobon/vault"))
    try:
        header = read_both(store)[0].header
    finally:
        store.close()
    assert header is not None
    return len(header.keys)


def renewed(folder: Path) -> str:
    with audobon.Library.open(folder) as lib:
        return lib.keys.renew(lib.keys.home, OTHER)


@contextmanager
def closed(folder: Path) -> Iterator[tuple[homerotation.Place, LibraryKeys]]:
    """The library's place, as nobody has it open."""
    store = sealing.open_store(str(folder / ".audobon/vault"))
    try:
        keys = LibraryKeys(sealing.open_vault(store, OTHER).keys)
    finally:
        store.close()
    place = open_place(folder, keys=keys)
    with homerotation.gate(place):
        yield place, keys


def whole(folder: Path) -> bool:
    with audobon.Library.open(folder) as lib:
        return (
            lib.verify().ok
            and lib.audit.verify().ok
            and (len(lib.log()), lib.search(WORD).total) == (2, 1)
        )


def test_new_data_is_under_the_new_key_at_once_and_the_rest_follows(folder: Path) -> None:
    with closed_before(folder) as before, audobon.Library.open(folder) as lib:
        place, home = lib._stores.place, lib.keys.home
        recovery = lib.keys.renew(home, OTHER)
        seen = lib.keys.look(home)
        assert (seen.renewed, seen.unfinished, seen.passphrases) == (True, True, ("first",))
        first = {path.name for path in (place.chunks / "packs").iterdir()}
        (folder / "later.txt").write_text(f"{WORD} later")
        lib.add([folder])
        lib.commit("later")
        keys = place.keys
        assert keys is not None
        new = [path for path in (place.chunks / "packs").iterdir() if path.name not in first]
        assert new
        assert not any(keys.packs.is_old(path) for path in new)
        old = lib.keys.count_old(home)
        steps: list[int] = []
        done = lib.keys.rotate(home, progress=lambda at, of, _: steps.append(of - at))
        assert not done.failed
        assert done.rewritten >= 2
        assert steps[-1] == 0
        assert done.later == old - done.rewritten == lib.keys.count_old(home)
        assert done.later >= 2  # the catalog and the history
        assert lib.keys.rotate(home).rewritten == 0
        assert lib.verify().ok
        assert keys_in(folder) == 2
    with audobon.Library.open(folder) as lib:
        seen = lib.keys.look(lib.keys.home)
        assert (seen.renewed, seen.unfinished) == (False, False)
        assert lib.keys.count_old(lib.keys.home) == 0
        assert (lib.verify().ok, lib.audit.verify().ok, len(lib.log())) == (True, True, 3)
        assert lib.search(WORD).total >= 1
    assert keys_in(folder) == 1
    for database in (folder / ".audobon").rglob("*.db"):
        with pytest.raises(Corrupt):  # nothing of it opens with all that was known before
            connect(database, read_only=True, key=before.database)
    sealing._open_keys.clear()
    with pytest.raises(NoKey):
        audobon.Library.open(folder, passphrase=PHRASE)
    audobon.Library.open(folder, recovery=recovery).close()


@contextmanager
def closed_before(folder: Path) -> Iterator[LibraryKeys]:
    """The keys as they are before they are renewed."""
    store = sealing.open_store(str(folder / ".audobon/vault"))
    try:
        yield LibraryKeys(sealing.open_vault(store, PHRASE).keys)
    finally:
        store.close()


def test_what_all_have_open_waits_until_one_is_alone(folder: Path) -> None:
    renewed(folder)
    with audobon.Library.open(folder) as lib:  # it was alone
        place, keys = lib._stores.place, lib._stores.place.keys
        assert keys is not None
        assert is_under(place.catalog, keys.database)
        assert keys_in(folder) == 2  # packs are old still
        lib.keys.renew(lib.keys.home, OTHER)
        with audobon.Library.open(folder) as other:
            assert other.search(WORD).total == 1
            newest = other._stores.place.keys
            assert newest is not None
            assert not is_under(place.catalog, newest.database)
        with closed(folder) as (here, _), pytest.raises(Busy, match="in use"):
            homerotation.settle(here)
    with closed(folder) as (here, keys):
        done = homerotation.settle(here)
        assert (done.failed, done.later) == ((), 0)
        assert homerotation.count_old(here) == 0
    assert keys_in(folder) == 1
    assert whole(folder)


def test_it_goes_on_where_it_was_stopped(folder: Path) -> None:
    renewed(folder)
    with closed(folder) as (place, _):
        left = homerotation.count_old(place)

        def stop(done: int, of: int) -> None:
            if done:
                raise Cancelled("enough")

        while (now := homerotation.count_old(place)) > 1:
            with pytest.raises(Cancelled):
                homerotation.settle(place, stop)
            assert homerotation.count_old(place) == now - 1
        assert left > 4
        assert keys_in(folder) == 2
    assert whole(folder)
    with closed(folder) as (place, _):
        homerotation.settle(place)
    assert keys_in(folder) == 1
    assert whole(folder)


def test_what_is_damaged_stays_and_so_do_its_keys(folder: Path) -> None:
    renewed(folder)
    note = folder / ".audobon/derived/details/note.json"
    note.write_bytes(note.read_bytes()[:-9])
    with closed(folder) as (place, _):
        done = homerotation.settle(place)
        assert [name for name, _ in done.failed] == ["derived/details/note.json"]
        assert homerotation.count_old(place) == 1
    assert keys_in(folder) == 2
    note.unlink()
    with closed(folder) as (place, _):
        homerotation.settle(place)
    assert keys_in(folder) == 1
    assert whole(folder)


def test_a_library_of_before_opens_and_is_written_again(made: Path, tmp_path: Path) -> None:
    """Its databases lie under what follows from the key of names, and none in clear meanwhile."""
    folder = tmp_path / "art"
    shutil.copytree(made, folder)
    with closed_before(folder) as keys:
        first = keys.database.older[-1]
    for path in (folder / ".audobon").rglob("*.db"):
        new = path.with_suffix(".new")
        under_key(in_clear(path, keys.database), new, first)
        new.replace(path)
    head = folder / ".audobon/history.git/sealed.json"
    proof = hmac.digest(first.reveal(), b"audobon history key 1", "sha256").hex()
    head.write_text(json.dumps({**json.loads(head.read_bytes()), "proof": proof}))
    assert whole(folder)
    assert is_under(folder / ".audobon/catalog.db", first)
    with audobon.Library.open(folder, read_only=True) as lib:
        assert lib.search(WORD).total == 1
    renewed(folder)
    with closed(folder) as (place, keys):
        homerotation.settle(place)
        assert is_under(place.catalog, keys.database)
    assert json.loads(head.read_bytes())["proof"] != proof
    assert whole(folder)


_KILLED = """
import os, sys
from pathlib import Path
from audobon.storage.vault import Costs, door
real = door.argon2id
door.argon2id = lambda secret, salt, _: real(secret, salt, Costs(8, 1, 1))
from audobon.services.places import homerotation, sealing
from audobon.services.core.place import open_place
from audobon.storage.vault.library import LibraryKeys
store = sealing.open_store(sys.argv[1] + "/.audobon/vault")
keys = LibraryKeys(sealing.open_vault(store, sys.argv[2]).keys)
place, left = open_place(Path(sys.argv[1]), keys=keys), [int(sys.argv[3])]

def hook(event, args):
    if event == "os.rename":
        left[0] -= 1
        if left[0] < 0:
            os._exit(9)  # all is written, and does not have its name yet

with homerotation.gate(place):
    sys.addaudithook(hook)
    print(homerotation.settle(place).rewritten)
"""


def test_killed_amid_it_nothing_is_lost_and_it_goes_on(folder: Path) -> None:
    renewed(folder)
    codes = []
    for steps in (0, 2, 5, 1000):
        command = [sys.executable, "-c", _KILLED, str(folder), OTHER, str(steps)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 9), done.stderr
        codes.append(done.returncode)
    assert codes == [9, 9, 9, 0]
    assert keys_in(folder) == 1
    assert whole(folder)
