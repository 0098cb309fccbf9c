"""``audobon vault``: a place is encrypted, opened, and its keys are looked after."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from audobon.services.places import sealing
from audobon.storage.objects import FolderStore

Verb = Callable[..., Result]
PASSPHRASE = "planted-Secret of the first"
SECOND = "planted-Secret of the second"


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    for name in ("AUDOBON_PASSPHRASE", "AUDOBON_NEW_PASSPHRASE", "AUDOBON_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sealing, "_open_keys", {})


def _file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text + "\n", "utf-8")
    path.chmod(mode)
    return path


def _put(place: Path, passphrase: str, key: str, data: bytes) -> None:
    opened = sealing.open_place(FolderStore(place), passphrase)
    opened.store.put(key, data)
    opened.store.close()


def test_a_place_is_encrypted_and_its_keys_are_looked_after(verb: Verb, tmp_path: Path) -> None:
    place = tmp_path / "place"
    first, second = _file(tmp_path / "1", PASSPHRASE), _file(tmp_path / "2", SECOND)
    made = json.loads(verb("vault", "init", place, "--passphrase-file", first, "--json").output)
    recovery = _file(tmp_path / "3", made["recovery"])
    _put(place, PASSPHRASE, "refs/main", b"1")

    def show(*more: str | Path) -> dict[str, object]:
        told: dict[str, object] = json.loads(verb("vault", "show", place, *more, "--json").output)
        return told

    told = show("--passphrase-file", first)
    assert (told["encrypted"], told["passphrases"], told["old"]) == (True, ["first"], 0)
    verb("vault", "passphrase", place, "--new-file", second, "--name", "bea")
    assert show("--copy", "--passphrase-file", first)["passphrases"] == ["first", "bea"]
    verb("vault", "passphrase", place, "--remove", "--name", "first")
    verb("vault", "show", place, "--passphrase-file", first, status=10)
    renewed = verb("vault", "renew", place, "--new-file", first)
    assert "recovery key: " in renewed.output
    verb("vault", "show", place, "--recovery-file", recovery, status=10)
    assert show()["old"] == 1
    assert "1 object written again" in verb("vault", "rotate", place).output
    assert (show()["old"], show()["keys"]) == (0, 2)
    assert "recovery key: " in verb("vault", "recovery", place).output
    assert verb("vault", "forget", place).output == "it was not kept\n"
    # The process has forgotten it, there is no keyring, and nobody is at a terminal.
    assert "mode 600" in verb("vault", "show", place, status=50).output
    kept = verb("vault", "keep", place, "--passphrase-file", first, status=50)
    assert "no keyring" in kept.output
    opened = sealing.open_place(FolderStore(place), PASSPHRASE)
    assert opened.store.get("refs/main") == b"1"
    for path in place.rglob("*"):
        assert not path.is_file() or b"planted-Secret" not in path.read_bytes()


def test_what_is_wrong_is_told(verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, clear = tmp_path / "place", tmp_path / "clear"
    FolderStore(clear, create=True).put("refs/main", b"1")
    first = _file(tmp_path / "1", PASSPHRASE)
    assert "not encrypted" in verb("vault", "show", clear).output
    monkeypatch.setenv("AUDOBON_PASSPHRASE", PASSPHRASE)
    assert "not encrypted" in verb("vault", "show", clear).output
    verb("vault", "show", clear, "--passphrase-file", first, status=10)
    verb("vault", "init", clear, status=30)
    verb("vault", "show", tmp_path / "nothing", status=20)
    monkeypatch.delenv("AUDOBON_PASSPHRASE")
    told = verb("vault", "init", place, status=50).output
    assert "AUDOBON_PASSPHRASE" in told
    loose = _file(tmp_path / "2", PASSPHRASE, 0o644)
    told = verb("vault", "init", place, "--passphrase-file", loose, status=10).output
    assert f"chmod 600 {loose}" in told
    assert "planted-Secret" not in told
    verb("vault", "show", place, "--remove", status=10)


def test_a_remote_is_encrypted_and_pushed_to_by_the_environment(
    verb: Verb, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    monkeypatch.setenv("AUDOBON_PASSPHRASE", PASSPHRASE)
    added = verb("remote", "--add", "box", place, "--encrypt").output
    assert "encrypted" in added
    assert "recovery key" in added
    monkeypatch.setattr(sealing, "_open_keys", {})
    verb("commit", "-m", "first")
    # Another process asks for it; with a wrong one nothing is written.
    monkeypatch.setenv("AUDOBON_PASSPHRASE", SECOND)
    before = sorted(path.name for path in place.rglob("*"))
    told = _run(["push", "box"])
    assert told.returncode == 10, told.stderr
    assert "does not open" in told.stderr
    assert sorted(path.name for path in place.rglob("*")) == before
    monkeypatch.setenv("AUDOBON_PASSPHRASE", PASSPHRASE)
    told = _run(["push", "box"])
    assert told.returncode == 0, told.stderr
    for path in place.rglob("*"):
        assert "brick" not in path.name
        assert not path.is_file() or b"brick" not in path.read_bytes()
    for path in (folder / ".audobon").rglob("*"):
        assert not path.is_file() or b"planted-Secret" not in path.read_bytes()


def _run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "audobon", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")
def test_a_passphrase_is_typed_without_an_echo(tmp_path: Path) -> None:
    place = tmp_path / "place"
    seen, status = _type(["vault", "init", str(place)], [PASSPHRASE, PASSPHRASE])
    assert status == 0, seen
    assert "recovery key: " in seen
    assert "planted" not in seen
    seen, status = _type(["vault", "show", str(place)], [PASSPHRASE])
    assert status == 0, seen
    assert "passphrases: first" in seen
    assert "planted" not in seen
    seen, status = _type(["vault", "show", str(place)], [SECOND])
    assert status == 10
    assert "does not open" in seen
    assert "planted" not in seen
    seen, status = _type(["vault", "init", str(tmp_path / "other")], [PASSPHRASE, SECOND])
    assert status == 10
    assert "not the same" in seen


def _type(arguments: list[str], lines: list[str]) -> tuple[str, int]:
    """What a terminal shows while ``lines`` are typed, one at each question."""
    import pty

    here, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "audobon", *arguments],
        stdin=there,
        stdout=there,
        stderr=there,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(there)
    seen, left = b"", list(lines)
    late = threading.Timer(120, process.kill)
    late.start()
    while True:
        with contextlib.suppress(OSError):  # what a closed terminal reads as on Linux
            if data := os.read(here, 65536):
                seen += data
                # The blank comes last, when nothing is echoed any more.
                if left and seen.endswith(b": "):
                    os.write(here, left.pop(0).encode() + b"\n")
                    seen += b"\n"
                continue
        break
    late.cancel()
    os.close(here)
    return seen.decode(), process.wait(60)
