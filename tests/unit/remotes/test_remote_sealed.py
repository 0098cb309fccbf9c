"""An encrypted remote: nothing readable lies there, and nobody gets in without the passphrase."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from audobon import Library
from audobon.codec.plain import from_plain
from audobon.errors import AudobonError, Invalid
from audobon.services.places.sealing import forget_passphrase
from audobon.storage.objects import open_store
from audobon.storage.vault import Mark

PASSPHRASE = "correct horse battery staple"


def _forget(library: Library) -> None:
    """As another process, to which nobody told it yet."""
    record = json.loads((library.state_path / "remotes.json").read_text())
    forget_passphrase(from_plain(record["remotes"][0]["mark"], Mark))


def test_an_encrypted_remote(
    ada: Library, url: str, clone: Callable[..., Library], tmp_path: Path
) -> None:
    made = ada.remotes.add("nas", url, passphrase=PASSPHRASE)
    assert made.encrypted
    assert made.recovery
    assert made.recovery not in repr(made)
    text = b"a very plain text " * 1000
    (ada.path / "secret plan.txt").write_bytes(text)
    ada.add([ada.path])
    ada.commit("the plan")
    ada.push("nas")
    store = open_store(url)
    for stat in store.list():
        data = store.get(stat.key)
        assert b"plain text" not in data
        assert b"plan" not in data
        assert "main" not in stat.key
        assert "packs" not in stat.key
    state = b"".join(path.read_bytes() for path in ada.state_path.glob("*.json"))
    assert PASSPHRASE.encode() not in state
    _forget(ada)
    with pytest.raises(AudobonError):
        Library.clone(url, tmp_path / "eve")
    with pytest.raises(Invalid):
        Library.clone(url, tmp_path / "eve", "wrong")
    assert not (tmp_path / "eve" / ".audobon" / "library.toml").exists()
    bob = clone(passphrase=PASSPHRASE)
    assert bob.remotes.get("origin").encrypted
    bob.fetch(["secret plan.txt"])
    assert (bob.path / "secret plan.txt").read_bytes() == text
    bob.close()
    with Library.open(tmp_path / "bob") as again:
        (again.path / "secret plan.txt").write_bytes(b"changed")
        again.commit("changed")
        _forget(again)
        with pytest.raises(AudobonError, match="encrypted"):
            again.push("origin")
        assert again.push("origin", passphrase=PASSPHRASE).branches == ("main",)
    assert ada.pull("nas").versions == 1
