"""A library under a passphrase: made, opened, cloned, recovered, its keys looked after."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import AudobonError, Conflict, Corrupt, Invalid, NoKey
from audobon.services.places import sealing
from audobon.storage.sqlite import connect, in_clear, under_key
from audobon.storage.vault import Costs, Secret, door
from audobon.system import asking

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an encrypted library lies that has one version of one file."""
    folder = tmp_path / "art"
    folder.mkdir()
    (folder / f"{WORD}.txt").write_text("a note")
    with audobon.Library.create(folder, passphrase=PHRASE) as lib:
        lib.add([folder])
        lib.commit(f"{WORD} first")
    return folder


def forget() -> None:
    sealing._open_keys.clear()


def refusal(call: Callable[[], Any]) -> tuple[type[AudobonError], str]:
    """What is said; nothing that is a library may be left open by it."""
    with pytest.raises(AudobonError) as caught:
        call()
    return type(caught.value), f"{caught.value} {caught.value.hint}"


def clear_words(state: Path) -> list[str]:
    """Files of the state with the word, or a database in clear."""
    found = []
    for path in state.rglob("*"):
        data = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        found += [path.name] * (WORD.encode() in data or b"SQLite format" in data)
    return found


def test_it_is_made_and_opened_with_a_passphrase(folder: Path, tmp_path: Path) -> None:
    opened = audobon.Library.open
    with opened(folder) as lib:  # as this process knows it
        assert (lib.encrypted, lib.recovery_key) == (True, "")
    forget()
    kind, said = refusal(lambda: opened(folder))
    assert kind is NoKey
    assert f"{folder} is an encrypted library" in said
    assert "give its passphrase" in said
    kind, said = refusal(lambda: opened(folder, passphrase=OTHER))
    assert kind is NoKey
    assert OTHER not in said
    file = tmp_path / "phrase.txt"
    file.write_text(PHRASE)
    file.chmod(0o600)
    for given in ({"passphrase": PHRASE}, {"passphrase_file": file}):
        forget()
        with opened(folder, **given) as lib:
            assert lib.search(WORD).total == 1
    assert clear_words(folder / ".audobon") == []


def test_whoever_opens_it_can_be_asked(folder: Path) -> None:
    asked: list[tuple[str, str]] = []
    forget()
    asking.ask_with(lambda what, about: asked.append((what, about)) or PHRASE)
    try:
        audobon.Library.open(folder).close()
        audobon.Library.open(folder).close()
    finally:
        asking.ask_with(None)
    assert asked == [(f"Passphrase of the library {folder}", "library")]


_KILLED = """
import os, sys
from pathlib import Path
from audobon.storage.vault import Costs, door
real = door.argon2id
door.argon2id = lambda secret, salt, _: real(secret, salt, Costs(8, 1, 1))
import audobon
lib = audobon.Library.open(sys.argv[1], passphrase=sys.argv[2])
files, note = lib._stores.place.files, lib.state_path / "derived" / "note"
files.write(note, b"graumoos")
with files.as_file(note) as opened:
    print(opened, opened.read_text(), flush=True)
    os._exit(9)
"""


def test_what_a_killed_process_has_left_in_clear_goes_when_it_is_opened_again(folder: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(folder), PHRASE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 9, done.stderr
    path, _, said = done.stdout.strip().rpartition(" ")
    assert said == WORD
    assert not Path(path).is_relative_to(folder)
    with audobon.Library.open(folder):
        assert not Path(path).exists()


def test_a_library_in_clear_is_as_it_was(tmp_path: Path) -> None:
    with audobon.Library.create(tmp_path / "clear") as lib:
        assert (lib.encrypted, lib.recovery_key, lib.keys.home) == (False, "", "")
        assert lib.keys.list() == ()
    kind, _ = refusal(lambda: audobon.Library.open(tmp_path / "clear", passphrase=PHRASE))
    assert kind is Invalid
    assert refusal(lambda: audobon.Library.create(tmp_path / "new", passphrase=""))[0] is Invalid
    assert not (tmp_path / "new").exists()


def test_its_keys_are_looked_after_as_those_of_a_place(folder: Path) -> None:
    with audobon.Library.open(folder) as lib:
        home = lib.keys.home
        (seen,) = lib.keys.list()
        assert (seen.home, seen.url, seen.open, seen.passphrases) == (True, home, True, ("first",))
        lib.keys.add_passphrase(home, "bea", OTHER)
        assert lib.keys.look(home).passphrases == ("first", "bea")
        lib.keys.remove_passphrase(home, "first")
        recovery = lib.keys.new_recovery(home)
        assert lib.keys.rotate(home).rewritten == 0
    forget()
    assert refusal(lambda: audobon.Library.open(folder, passphrase=PHRASE))[0] is NoKey
    for given in ({"passphrase": OTHER}, {"recovery": recovery}):
        forget()
        with audobon.Library.open(folder, **given) as lib:
            assert lib.search(WORD).total == 1
    sealing.erase_place(sealing.open_store(home))
    assert refusal(lambda: audobon.Library.open(folder, passphrase=OTHER))[0] is Corrupt


def test_a_clone_is_encrypted_and_goes_on_under_its_keys(folder: Path, tmp_path: Path) -> None:
    place, to = tmp_path / "place", tmp_path / "clone"
    with audobon.Library.open(folder) as lib:
        lib.remotes.add("box", str(place), OTHER)
        lib.push("box")
    clone = audobon.Library.clone

    def stopped() -> bool:
        return any((to / ".audobon" / "history.git").glob("*"))

    kind, _ = refusal(
        lambda: clone(str(place), to, OTHER, library_passphrase=PHRASE, cancel=stopped)
    )
    assert kind.__name__ == "Cancelled"
    kind, said = refusal(lambda: clone(str(place), to, OTHER))
    assert kind is NoKey
    assert "is encrypted" in said
    forget()
    kind, _ = refusal(lambda: clone(str(place), to, OTHER, library_passphrase="none of these"))
    assert kind is NoKey
    with clone(str(place), to, OTHER, library_passphrase=PHRASE) as lib:
        assert lib.encrypted
        recovery = lib.recovery_key
        lib.fetch(lib.assets())
        assert (to / f"{WORD}.txt").read_text() == "a note"
        assert lib.verify().ok
    forget()
    with audobon.Library.open(to, recovery=recovery) as lib:
        assert lib.log()[0].message == f"{WORD} first"
    assert clear_words(to / ".audobon") == []


def test_a_clone_is_not_encrypted_from_a_place_in_clear(tmp_path: Path) -> None:
    place, to = str(tmp_path / "place"), tmp_path / "clone"
    with audobon.Library.create(tmp_path / "clear") as lib:
        (tmp_path / "clear" / "a.txt").write_text("a")
        lib.add([tmp_path / "clear"])
        lib.commit("first")
        lib.remotes.add("box", place)
        lib.push("box")
    kind, said = refusal(lambda: audobon.Library.clone(place, to, library_passphrase=PHRASE))
    assert kind is Conflict
    assert "is not encrypted" in said
    assert not to.exists()


def test_a_library_in_clear_is_recovered_as_an_encrypted_one(tmp_path: Path) -> None:
    """The way to have one encrypted: nothing of it is in clear in the new one's state."""
    clear, place, to = tmp_path / "clear", str(tmp_path / "place"), tmp_path / "new"
    with audobon.Library.create(clear, "Moor") as lib:
        (clear / f"{WORD}.txt").write_text("a note")
        lib.add([clear], tags=[f"{WORD}-tag"])
        lib.edit(lib.assets()[0], note=f"{WORD} note", rating=4)
        lib.commit(f"{WORD} first")
        lib.snapshots.make(place)
    with audobon.Library.recover(place, to, library_passphrase=PHRASE) as lib:
        assert (lib.encrypted, lib.name, len(lib.recovery_key) > 40) == (True, "Moor", True)
        (asset,) = lib.assets()
        assert (asset.note, asset.rating, asset.tags) == (f"{WORD} note", 4, (f"{WORD}-tag",))
        assert [one.message for one in lib.log()] == [f"{WORD} first"]
        assert lib.verify().ok
        assert lib.doctor().ok
        assert (to / f"{WORD}.txt").read_text() == "a note"
        assert clear_words(to / ".audobon") == []
    assert clear_words(to / ".audobon") == []
    assert clear_words(clear / ".audobon"), "what is looked for would be found"


def test_what_was_begun_in_clear_does_not_go_on_encrypted(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    (begun / ".audobon" / "history.git").mkdir(parents=True)
    kind, said = refusal(lambda: audobon.Library.create(begun, passphrase=PHRASE))
    assert kind is Conflict
    assert "was begun" in said
    (begun / ".audobon" / "history.git").rmdir()
    (begun / ".audobon" / "vault").mkdir()  # killed while it was made
    audobon.Library.create(begun).close()
    assert not (begun / ".audobon" / "vault").exists()


def test_a_database_comes_under_a_key_without_a_file_in_clear(tmp_path: Path) -> None:
    key, path = Secret(bytes(range(32))), tmp_path / "a #%41ä.db"
    old = connect(tmp_path / "old.db", key=Secret(bytes(32)))
    old.execute(f"CREATE TABLE {WORD} (one INTEGER PRIMARY KEY, two)")
    old.many(f"INSERT INTO {WORD} VALUES (?, ?)", [(7 * n, "x" * n) for n in range(200)])
    old.execute("PRAGMA user_version = 12")
    old.close()
    data = in_clear(tmp_path / "old.db", Secret(bytes(32)))
    under_key(data, path, key)
    assert sorted(each.name for each in tmp_path.glob("*.db")) == [path.name, "old.db"]
    made = connect(path, key=key)
    assert made.value(f"SELECT sum(one) + sum(length(two)) FROM {WORD}") == 8 * sum(range(200))
    assert made.value("PRAGMA user_version") == 12
    made.close()
    assert WORD.encode() not in path.read_bytes()
    for what, to in ((data[:4000], tmp_path / "b.db"), (data, tmp_path / "no" / "c.db")):
        with pytest.raises(AudobonError) as caught:
            under_key(what, to, key)
        assert key.reveal().hex() not in f"{caught.value} {caught.value.hint}"
        assert key.reveal().hex().encode().hex() not in repr(caught.value)
