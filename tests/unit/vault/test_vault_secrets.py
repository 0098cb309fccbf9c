"""No secret is told: by no text, error with its variables, pickle, or what lies in a place."""

from __future__ import annotations

import copy
import logging
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from vault_support import CHEAP, all_bytes, cheap_vault

from audobon.errors import AudobonError
from audobon.storage.objects import MemoryStore
from audobon.storage.vault import Secret, Vault
from audobon.storage.vault.header import read_header, write_header

PLANTED = "planted-Secret-4711"


def _forms(secret: bytes) -> list[bytes]:
    return [secret, secret.hex().encode(), repr(secret)[2:-1].encode()]


def _secrets(vault: Vault, recovery: str) -> list[bytes]:
    keys = vault.keys
    raw = [vault._key.reveal(), keys.names.reveal(), *(k.reveal() for k in keys.masters.values())]
    return [
        PLANTED.encode(),
        recovery.encode(),
        recovery.replace("-", "").encode(),
        *(form for key in raw for form in _forms(key)),
    ]


def _told(error: BaseException) -> bytes:
    """Everything that a curious handler could write down about an error."""
    kept = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = [*kept.format(), repr(error), str(error), repr(vars(error))]
    if isinstance(error, AudobonError):
        text.append(repr(pickle.dumps(error)))
    return "\n".join(text).encode("utf-8", "replace")


def test_texts_and_pickles_have_no_key() -> None:
    store = MemoryStore()
    vault, recovery = cheap_vault(store, PLANTED)
    secrets = _secrets(vault, recovery)
    things: list[Any] = [vault, vault.keys, vault.store(), vault.store()._names, vault.mark]
    things += [Secret(PLANTED.encode()), vault._header, vault.keys.masters]
    for thing in things:
        for text in (repr(thing), str(thing), f"{thing}"):
            assert not any(secret in text.encode() for secret in secrets), type(thing)
        for dump in (pickle.dumps, copy.deepcopy):
            try:
                told = dump(thing)
            except TypeError:
                continue
            whole = told if isinstance(told, bytes) else repr(told).encode()
            assert not any(secret in whole for secret in secrets), type(thing)
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(vault.keys)


def test_what_lies_there_has_no_key() -> None:
    store = MemoryStore()
    vault, recovery = cheap_vault(store, PLANTED)
    vault.store().put("refs/main", PLANTED.encode() * 10)
    for data in all_bytes(store).values():
        assert not any(secret in data for secret in _secrets(vault, recovery))


def _wrong(store: MemoryStore, vault: Vault, recovery: str) -> None:
    vault.set_passphrase("another", costs=CHEAP)
    Vault.open(store, PLANTED, floor=CHEAP)


def _old_recovery(store: MemoryStore, vault: Vault, recovery: str) -> None:
    vault.new_recovery()
    Vault.open(store, recovery=recovery, floor=CHEAP)


def _misread(store: MemoryStore, vault: Vault, recovery: str) -> None:
    Vault.open(store, recovery=PLANTED, floor=CHEAP)


def _weak(store: MemoryStore, vault: Vault, recovery: str) -> None:
    vault._floor = evolve(CHEAP, memory_kib=1 << 16)
    vault.set_passphrase(PLANTED, costs=CHEAP)


def _too_dear(store: MemoryStore, vault: Vault, recovery: str) -> None:
    Vault.create(MemoryStore(), PLANTED, costs=evolve(CHEAP, memory_kib=1 << 30), floor=CHEAP)


def _changed(store: MemoryStore, vault: Vault, recovery: str) -> None:
    header = read_header(store.get("vault.json"), "")
    for key in ("vault.json", "vault-copy.json"):
        store.put(key, write_header(evolve(header, names=bytes(92))))
    Vault.open(store, PLANTED, floor=CHEAP)


def _damaged(store: MemoryStore, vault: Vault, recovery: str) -> None:
    (name,) = (stat.key for stat, key in vault.store().sealed() if key)
    store.put(name, store.get(name)[:-1])
    vault.store().get("refs/main")


def _renewed(store: MemoryStore, vault: Vault, recovery: str) -> None:
    Vault.open(store, PLANTED, floor=CHEAP).renew(PLANTED, costs=CHEAP)
    vault.set_passphrase(PLANTED, "bea", costs=CHEAP)


def _taken(store: MemoryStore, vault: Vault, recovery: str) -> None:
    Vault.create(store, PLANTED, costs=CHEAP, floor=CHEAP)


_FAILURES = (
    _wrong,
    _old_recovery,
    _misread,
    _weak,
    _too_dear,
    _changed,
    _damaged,
    _renewed,
    _taken,
)


@pytest.mark.parametrize("call", _FAILURES)
def test_errors_with_their_variables_have_no_key(
    call: Callable[[MemoryStore, Vault, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = MemoryStore()
    vault, recovery = cheap_vault(store, PLANTED)
    vault.store().put("refs/main", b"1")
    secrets = _secrets(vault, recovery)
    with pytest.raises(AudobonError) as caught:
        call(store, vault, recovery)
    # From the first frame of the SDK on: what the caller itself keeps is the caller's.
    error = caught.value
    frame = error.__traceback__
    while frame is not None and "/audobon/" not in frame.tb_frame.f_code.co_filename:
        frame = frame.tb_next
    assert frame is not None
    told = _told(error.with_traceback(frame))
    seen = [secret for secret in secrets if secret in told]
    assert seen == [], told.decode()
    assert PLANTED not in caplog.text


def test_importing_the_vault_loads_nothing_foreign() -> None:
    script = (
        "import sys, audobon, audobon.storage.vault as vault\n"
        "from audobon.storage.objects import MemoryStore\n"
        "vault.is_sealed(MemoryStore())\n"
        "bad = {'cryptography', '_cffi_backend', 'keyring'} & set(sys.modules)\n"
        "sys.exit(repr(bad) if bad else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_without_the_library_the_command_is_named(tmp_path: Path) -> None:
    (tmp_path / "cryptography.py").write_text("raise ImportError('not here')\n", "utf-8")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from audobon.errors import MissingExtra\n"
        "from audobon.storage.objects import MemoryStore\n"
        "from audobon.storage.vault import Vault\n"
        "store = MemoryStore()\n"
        "for call in (Vault.create, Vault.open):\n"
        "    try:\n"
        "        call(store, 'x')\n"
        "    except MissingExtra as error:\n"
        "        print(error.hint)\n"
        "assert list(store.list()) == []\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.count('pip install "audobon[vault]"') == 2, done.stdout + done.stderr
