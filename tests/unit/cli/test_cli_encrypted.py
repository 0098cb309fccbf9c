"""A library that is encrypted on this machine, from the command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from audobon.cli.root import cli
from audobon.services.places import sealing
from audobon.storage.vault import Costs, door
from audobon.testing.pictures import write_png

Verb = Callable[..., Result]
Data = Callable[..., dict[str, Any]]
PHRASE, OTHER, PLACE = "planted-Secret one", "planted-Secret two", "planted-Secret of a place"
LIBRARY = "AUDOBON_LIBRARY_PASSPHRASE"
_CHEAP = Costs(memory_kib=8, passes=1, lanes=1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id itself, with the least it takes; no keyring, and nothing in the environment."""
    monkeypatch.setenv("AUDOBON_KEYRING", "off")
    for name in (LIBRARY, "AUDOBON_PASSPHRASE", "AUDOBON_NEW_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    real = door.argon2id
    monkeypatch.setattr(door, "argon2id", lambda secret, salt, _: real(secret, salt, _CHEAP))
    monkeypatch.setattr(sealing, "_open_keys", {})


@pytest.fixture
def secret(tmp_path: Path) -> Callable[[str], Path]:
    """A file of mode 600 with a passphrase."""

    def made(text: str) -> Path:
        path = tmp_path / f"secret-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        path.write_text(f"{text}\n")
        path.chmod(0o600)
        return path

    return made


@pytest.fixture
def art(tmp_path: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An encrypted library with a picture in one version; another process begins now."""
    art = tmp_path / "art"
    write_png(art / "oak.png", 16, 8, color=(90, 60, 30))
    monkeypatch.setenv(LIBRARY, PHRASE)
    told = verb("init", art, "--encrypt").output
    assert ", encrypted\nrecovery key: " in told
    assert "print it" in told
    monkeypatch.chdir(art)
    verb("add", ".", "--no-worker")
    verb("commit", "-m", "first")
    monkeypatch.delenv(LIBRARY)
    sealing._open_keys.clear()
    return art


def test_every_verb_takes_its_passphrase_from_the_environment(
    art: Path, verb: Verb, data: Data, secret: Callable[[str], Path], monkeypatch: Any
) -> None:
    told = verb("ls", status=55).output
    assert f"{art} is an encrypted library, and nothing that opens it is at hand" in told
    assert "give its passphrase" in told
    monkeypatch.setenv("AUDOBON_PASSPHRASE", OTHER)
    told = verb("ls", status=55).output
    assert "what was given does not open the encrypted library" in told
    monkeypatch.setenv(LIBRARY, PHRASE)  # comes before what is meant for places
    assert "oak.png" in verb("ls").output
    sealing._open_keys.clear()
    monkeypatch.delenv(LIBRARY)
    monkeypatch.setenv("AUDOBON_PASSPHRASE_FILE", str(secret(PLACE)))
    monkeypatch.setenv(f"{LIBRARY}_FILE", str(secret(PHRASE)))
    verb("preview", "oak.png", "--output", art.parent / "oak-preview.png")
    assert data("worker", "--drain")["failed"] == 0
    assert data("doctor")["checks"]


def test_its_own_keys_are_looked_after_without_a_place(
    art: Path, verb: Verb, data: Data, secret: Callable[[str], Path], monkeypatch: Any
) -> None:
    monkeypatch.setenv(LIBRARY, PHRASE)
    shown = data("vault", "show")
    assert (shown["encrypted"], shown["passphrases"]) == (True, ["first"])
    verb("vault", "passphrase", "--new-file", secret(OTHER))
    sealing._open_keys.clear()
    verb("ls", status=55)
    monkeypatch.setenv(LIBRARY, OTHER)
    assert "recovery key: " in verb("vault", "recovery").output
    paper = secret(data("vault", "recovery")["recovery"])
    sealing._open_keys.clear()
    monkeypatch.delenv(LIBRARY)
    assert data("vault", "show", "--recovery-file", paper)["passphrases"] == ["first"]
    assert "recovery key: " in verb("vault", "renew", "--new-file", secret(OTHER)).output
    shown = data("vault", "show")
    assert (shown["keys"], shown["old"] > 2) == (2, True)
    done = data("vault", "rotate")
    assert (done["rewritten"], done["failed"]) == (shown["old"], [])
    shown = data("vault", "show")
    assert (shown["keys"], shown["old"]) == (1, 0)
    assert "oak.png" in verb("ls").output
    assert verb("verify")
    assert "is encrypted already" in verb("vault", "init", status=10).output
    assert "nothing undoes it" in verb("vault", "erase").output
    told = verb("vault", "erase", "--yes").output
    assert "Your files beside it stay" in told
    sealing._open_keys.clear()
    monkeypatch.setenv(LIBRARY, OTHER)
    assert "its keys with it" in verb("ls", status=40).output
    assert (art / "oak.png").is_file()


def test_a_library_in_clear_has_no_keys(folder: Path, verb: Verb, monkeypatch: Any) -> None:
    monkeypatch.setenv(LIBRARY, PHRASE)
    assert "oak_planks" in verb("ls").output
    assert verb("vault", "show").output == f"the library {folder} is not encrypted\n"
    for action in ("passphrase", "renew", "erase", "init"):
        assert "audobon init --encrypt" in verb("vault", action, status=10).output


def test_a_clone_and_a_recovery_are_encrypted(
    art: Path, verb: Verb, data: Data, secret: Callable[[str], Path], monkeypatch: Any
) -> None:
    monkeypatch.setenv(LIBRARY, PHRASE)
    place, new = art.parent / "place", art.parent / "new"
    monkeypatch.setenv("AUDOBON_PASSPHRASE", PLACE)
    verb("remote", "--add", "box", place, "--encrypt")
    verb("push", "box")
    sealing._open_keys.clear()
    given = ("--encrypt", "--library-passphrase-file", secret(OTHER))
    made = data("clone", place, new, *given)
    assert made["recovery"]
    sealing._open_keys.clear()
    told = verb("ls", "--library", new, status=55).output
    assert str(new) in told
    monkeypatch.setenv(LIBRARY, OTHER)
    assert "oak.png" in verb("ls", "--library", new).output
    shelf = art.parent / "shelf"
    verb("vault", "init", shelf)
    monkeypatch.setenv(LIBRARY, PHRASE)
    verb("snapshot", shelf)
    again = data("recover", shelf, art.parent / "again", *given)
    assert again["recovery"]
    assert (art.parent / "again" / "oak.png").is_file()


def test_the_agent_of_git_lfs_reads_and_writes_under_the_keys(art: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv(LIBRARY, PHRASE)
    oid = hashlib.sha256((art / "oak.png").read_bytes()).hexdigest()
    new = art.parent / "new.bin"
    new.write_bytes(b"something graumoos new")
    added = hashlib.sha256(new.read_bytes()).hexdigest()
    asked: list[dict[str, Any]] = [
        {"event": "init"},
        {"event": "download", "oid": oid},
        {"event": "upload", "oid": added, "path": str(new)},
        {"event": "download", "oid": added},
        {"event": "terminate"},
    ]
    lines = "".join(json.dumps(each) + "\n" for each in asked)
    done = CliRunner().invoke(cli, ["lfs-agent", "--library", str(art)], input=lines)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    ended = [each for each in told if each.get("event") == "complete"]
    assert not [each for each in told if "error" in each], told
    assert Path(ended[0]["path"]).read_bytes() == (art / "oak.png").read_bytes()
    assert Path(ended[2]["path"]).read_bytes() == new.read_bytes()
    for each in (ended[0], ended[2]):
        Path(each["path"]).unlink()
    for path in (art / ".audobon").rglob("*"):
        assert not path.is_file() or b"graumoos" not in path.read_bytes(), path
