"""Where a passphrase comes from, and that nothing is written in clear by silence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from vault_support import CHEAP, PASSPHRASE

from audobon.errors import Conflict, Corrupt, Invalid, NotFound, Unavailable
from audobon.services.places.sealing import (
    Place,
    forget_passphrase,
    join_place,
    open_place,
    seal_place,
)
from audobon.storage.objects import MemoryStore
from audobon.storage.vault import Mark, Secret
from audobon.storage.vault.passfile import read_passphrase

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


def _file(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / "passphrase"
    path.write_bytes(data)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("data", [b"words", b"words\n", b"words\r\nmore\n", b"\xef\xbb\xbfwords\n"])
def test_a_passphrase_is_the_first_line_of_its_file(data: bytes, tmp_path: Path) -> None:
    assert read_passphrase(_file(tmp_path, data)) == Secret(b"words")


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o666, 0o610])
def test_a_file_that_others_may_use_is_refused(mode: int, tmp_path: Path) -> None:
    path = _file(tmp_path, b"planted-Secret\n", mode)
    with pytest.raises(Invalid, match="others may read") as caught:
        read_passphrase(path)
    assert f"chmod 600 {path}" in caught.value.hint
    assert "planted" not in caught.value.message


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, b"words\n")
    os.chown(path, 12345, -1)
    with pytest.raises(Invalid, match="others may read"):
        read_passphrase(path)


def test_what_is_no_passphrase_is_refused(tmp_path: Path) -> None:
    for data in (b"", b"\n", b"  \nwords", b"\xff\xfe", b"x" * 5000):
        with pytest.raises(Invalid, match="holds no passphrase"):
            read_passphrase(_file(tmp_path, data))
    with pytest.raises(NotFound):
        read_passphrase(tmp_path / "nothing")


@posix
def test_a_folder_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(Invalid, match="not a file"):
            read_passphrase(path)


def _sealed(store: MemoryStore) -> Place:
    return seal_place(store, PASSPHRASE, costs=CHEAP, floor=CHEAP)[0]


def test_a_place_is_opened_as_it_is(tmp_path: Path) -> None:
    clear, sealed = MemoryStore(), MemoryStore()
    place = _sealed(sealed)
    place.store.put("refs/main", b"1")
    assert open_place(clear).store is clear
    assert open_place(clear).mark is None
    for again in (
        open_place(sealed, PASSPHRASE, known=place.mark, floor=CHEAP),
        open_place(sealed, passphrase_file=_file(tmp_path, PASSPHRASE.encode()), floor=CHEAP),
    ):
        assert again.store.get("refs/main") == b"1"
        assert again.mark == place.mark


def test_nothing_is_written_in_clear_by_silence(tmp_path: Path) -> None:
    clear, sealed = MemoryStore(), MemoryStore()
    place = _sealed(sealed)
    with pytest.raises(Invalid, match="not encrypted"):
        open_place(clear, PASSPHRASE)
    with pytest.raises(Invalid, match="not encrypted"):
        open_place(clear, passphrase_file=_file(tmp_path, b"words"))
    # Who holds the place took the vault away, and waits for what comes in clear.
    with pytest.raises(Corrupt, match="was encrypted"):
        open_place(clear, PASSPHRASE, known=place.mark)
    other = MemoryStore()
    _sealed(other)
    with pytest.raises(Corrupt, match="another vault"):
        open_place(other, PASSPHRASE, known=place.mark, floor=CHEAP)
    clear.put("refs/main", b"1")
    with pytest.raises(Conflict, match="not empty"):
        _sealed(clear)


def test_without_a_passphrase_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # No bus, so no keyring either, whatever the machine has.
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setenv("AUDOBON_PASSPHRASE", PASSPHRASE)
    sealed = MemoryStore()
    place = _sealed(sealed)
    assert place.mark is not None
    assert forget_passphrase(place.mark) is False
    with pytest.raises(Unavailable, match="not kept on this machine"):
        open_place(sealed, floor=CHEAP)


def test_it_is_asked_for_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    sealed = MemoryStore()
    place = _sealed(sealed)
    assert place.vault is not None
    place.store.put("refs/main", b"1")
    # With the costs of others nothing is computed: Argon2id would be refused below the floor.
    assert open_place(sealed, known=place.mark).store.get("refs/main") == b"1"
    sealed.delete("vault.json")
    assert open_place(sealed).store.get("refs/main") == b"1"
    assert sealed.stat("vault.json") is not None
    with pytest.raises(Corrupt, match="another vault"):
        open_place(sealed, known=Mark("00" * 16, 0))
    place.vault.renew("a new passphrase", costs=CHEAP)
    with pytest.raises(Unavailable):
        open_place(sealed, floor=CHEAP)
    again = open_place(sealed, "a new passphrase", floor=CHEAP)
    assert open_place(sealed).mark == again.mark


def test_a_place_is_joined_by_the_first_and_the_second() -> None:
    store = MemoryStore()
    first, recovery = join_place(store, PASSPHRASE, costs=CHEAP, floor=CHEAP)
    first.store.put("refs/main", b"1")
    assert recovery is not None
    second, none = join_place(store, PASSPHRASE, floor=CHEAP)
    assert none is None
    assert second.store.get("refs/main") == b"1"
    assert open_place(store, recovery=recovery, floor=CHEAP).mark == first.mark
    with pytest.raises(Invalid, match="does not open"):
        join_place(store, "another", floor=CHEAP)
