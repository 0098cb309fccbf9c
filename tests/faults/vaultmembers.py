"""Renews the keys of an encrypted folder and rotates it, killed again and again.

``python vaultmembers.py FOLDER KILLS SEED`` forks one process after the other. Each opens the
vault, sets a passphrase, renews the keys, writes a ref and rotates, and is killed at a random
call out of Python. Then everything is looked through; the last one is left to end.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from dying import die_at_call

from audobon.errors import Invalid
from audobon.storage.objects import FolderStore
from audobon.storage.vault import Costs, Vault, count_old, rotate

CHEAP = Costs(8, 1, 1)
PLAIN = {f"packs/{number}": bytes([number]) * 5000 * number for number in range(8)}


def _open(folder: Path, turn: int) -> Vault:
    """By whichever passphrase the last one left: its own, or one before it."""
    for number in range(turn, -1, -1):
        try:
            store = FolderStore(folder, lease_s=0.5)
            return Vault.open(store, f"passphrase {number}", floor=CHEAP)
        except Invalid:
            continue
    raise AssertionError("no passphrase opens it any more")


def _member(folder: Path, turn: int) -> None:
    vault = _open(folder, turn - 1)
    vault.set_passphrase("of bea", "bea", costs=CHEAP)
    vault.renew(f"passphrase {turn}", costs=CHEAP)
    store = vault.store()
    store.put("refs/main", str(turn).encode())
    rotate(store)


def _look(folder: Path, turn: int) -> None:
    vault = _open(folder, turn)
    store = vault.store()
    found = {each.key: store.get(each.key) for each in store.list()}
    main = int(found.pop("refs/main"))
    assert found == PLAIN, sorted(found)
    assert main <= turn


def main(folder: Path, kills: int, chance: random.Random) -> None:
    store = FolderStore(folder, create=True)
    vault, _ = Vault.create(store, "passphrase 0", costs=CHEAP, floor=CHEAP)
    for key, data in {**PLAIN, "refs/main": b"0"}.items():
        vault.store().put(key, data)
    killed = 0
    for turn in range(1, kills + 1):
        at = chance.randrange(1, 300)  # all of it takes some 270
        child = os.fork()
        if child == 0:
            die_at_call(at)
            _member(folder, turn)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            killed += 1
        else:
            assert os.WEXITSTATUS(status) == 0
        _look(folder, turn)
    last = _open(folder, kills)
    done = rotate(last.store())
    assert done.failed == ()
    assert count_old(last.store()) == 0
    _look(folder, kills)
    print(killed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), random.Random(sys.argv[3]))
