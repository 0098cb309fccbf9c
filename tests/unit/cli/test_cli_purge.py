"""``audobon purge``: first the plan, then the deed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audobon.errors import Corrupt, Invalid, NotFound, Unavailable
from audobon.services.places import sealing


def test_the_plan_and_then_the_deed(
    folder: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]]
) -> None:
    verb("commit", "-m", "all of it")
    verb("commit", "-m", "nothing new")
    wall = "textures/brick wall.png"
    told = verb("purge", wall).stdout
    assert "would go: MyAssets/textures/brick wall.png" in told
    assert "1 version to write anew" in told
    assert "nothing is changed; --yes does it" in told
    assert (folder / wall).exists()
    assert data("log")["versions"][0]["message"] == "all of it"
    told = verb("purge", wall, "--yes").stdout
    assert "gone: MyAssets/textures/brick wall.png" in told
    assert "nothing of it found" in told
    assert "not reached: " in told
    assert not (folder / wall).exists()
    verb("show", wall, status=NotFound.code)
    assert data("verify")["ok"]
    verb("purge", wall, "--yes", status=NotFound.code)
    kept = data("purge", "notes.txt", "--keep-files", "--yes")
    assert kept["ok"]
    assert (folder / "notes.txt").exists()


def test_what_to_purge_is_asked(folder: Path, verb: Callable[..., Any]) -> None:
    verb("purge", status=Invalid.code)
    verb("purge", "notes.txt", "--resume", status=Invalid.code)
    verb("purge", "--resume", "--yes", status=Invalid.code)
    assert (folder / "notes.txt").exists()


def test_a_place_is_purged_later_without_a_name(
    folder: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    verb("commit", "-m", "all of it")
    nas, safe, clone = tmp_path / "nas", tmp_path / "safe", tmp_path / "Clone"
    verb("remote", "--add", "nas", nas)
    verb("push", "nas")
    verb("clone", nas, clone)
    verb("snapshot", safe)
    for given in ((), ("--yes",)):
        told = data("purge", "--remote", "nas", *given, status=Invalid.code)["error"]
        assert "'audobon purge ASSET --remote nas'" in told["hint"]
    verb("purge", "notes.txt", "--yes")
    told = verb("purge", "--remote", "nas", "--snapshots-at", safe).stdout.splitlines()
    assert told == [
        "nas: 1 branch or tag would move to versions without what was purged here; what none needs"
        " would go",
        "snapshots: 1 snapshot would give way to a new one",
        "nothing is changed; --yes does it, and nothing brings it back",
    ]
    told = verb("purge", "--snapshots-at", tmp_path / "nowhere").stdout
    assert told.startswith("snapshots: not reached: ")
    told = verb("purge", "--remote", "nas", "--snapshots-at", safe, "--yes").stdout.splitlines()
    assert len(told) == 2, "nothing is said of this library, where nothing was to do"
    assert told[0].startswith("nas: purged; ")
    assert told[1].startswith("snapshots: 1 snapshot gave way to a new one, ")
    told = verb("purge", "--follow", "origin", "--library", clone).stdout
    assert "would go: " in told
    verb("purge", "--follow", "origin", "--library", clone, "--yes")
    told = verb("purge", "--follow", "origin", "--library", clone).stdout
    assert told == "nothing that was purged there is here\n"


def test_an_encrypted_remote_is_reached_with_its_passphrase(
    folder: Path,
    verb: Callable[..., Any],
    data: Callable[..., dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("cryptography")
    given = tmp_path / "passphrase"
    given.write_text("five words that nobody guesses\n")
    given.chmod(0o600)
    verb("commit", "-m", "all of it")
    nas, clone = tmp_path / "nas", tmp_path / "Clone"
    verb("remote", "--add", "nas", nas, "--encrypt", "--passphrase-file", given)
    verb("push", "nas", "--passphrase-file", given)
    verb("clone", nas, clone, "--passphrase-file", given)
    _forget()
    wall = "textures/brick wall.png"
    # A verb without the option, as a process would know it that has just begun.
    told = data("fetch", "--all", "--library", clone, status=Unavailable.code)
    assert "passphrase is not kept" in told["error"]["message"]
    monkeypatch.setenv("AUDOBON_PASSPHRASE_FILE", str(given))
    verb("fetch", "--all", "--library", clone)
    assert (clone / wall).is_file()
    monkeypatch.delenv("AUDOBON_PASSPHRASE_FILE")
    _forget()
    assert any("remote nas" in text for text in data("purge", wall)["elsewhere"])
    assert not any(
        "remote nas" in text for text in data("purge", wall, "--all-remotes")["elsewhere"]
    )
    left = data("purge", "notes.txt", "--yes", "--all-remotes", status=Corrupt.code)
    assert "make nas reachable" in left["error"]["hint"]
    done = data("purge", wall, "--yes", "--all-remotes", "--passphrase-file", given)
    assert done["ok"]
    verb("clone", nas, tmp_path / "Second", "--passphrase-file", given)
    assert not data("search", "brick", "--library", tmp_path / "Second")["total"]


def _forget() -> None:
    """Nothing in this process opens an encrypted place any more."""
    sealing._open_keys.clear()
