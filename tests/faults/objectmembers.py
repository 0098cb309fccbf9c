"""Processes that write the same objects of a folder at once, and are killed all the time.

``python objectmembers.py FOLDER WAY MEMBERS KILLS SEED`` forks members. Each adds lines to one
object by compare-and-swap, makes objects that must not be there yet and deletes some, and appends
to its file ``acks-*`` beside the folder what it was told to be done. Half of the kills come after a
random time, half at a random call out of Python.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from dying import die_at_call

from audobon.errors import Conflict
from audobon.storage.objects import ABSENT, FolderStore

_LEASE_S = 0.5


def member(folder: Path, way: str, name: str, chance: random.Random) -> None:
    if chance.random() < 0.5:
        die_at_call(chance.randrange(20, 400))
    store = FolderStore(folder, ways=(way,), lease_s=_LEASE_S)
    acks = os.open(folder.parent / f"acks-{name}", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    turn = 0
    while True:
        turn += 1
        line = f"{name}.{turn}"
        found = store.stat("refs/main")
        assert found is not None
        before = store.get("refs/main")
        now = store.stat("refs/main")
        if now == found:  # so these are the bytes of that generation
            try:
                store.put("refs/main", before + f"{line}\n".encode(), found.generation)
                os.write(acks, f"line {line}\n".encode())
            except Conflict:
                pass
        key = f"once/{chance.randrange(40)}"
        try:
            made = store.put(key, line.encode() * 500, ABSENT)
            os.write(acks, f"made {key} {made.generation} {line}\n".encode())
        except Conflict:
            if chance.random() < 0.2:
                there = store.stat(key)
                try:
                    if there and store.delete(key, there.generation):
                        os.write(acks, f"gone {key} {there.generation}\n".encode())
                except Conflict:
                    pass


def main(folder: str, way: str, members: str, kills: str, seed: str) -> None:
    chance = random.Random(int(seed))
    children: dict[int, int] = {}
    try:
        _kill(Path(folder), way, int(members), int(kills), chance, children)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _kill(
    folder: Path,
    way: str,
    members: int,
    kills: int,
    chance: random.Random,
    children: dict[int, int],
) -> None:
    started = 0
    while started - len(children) < kills:
        while len(children) < members:
            started += 1
            seed = f"{chance.random()} {started}"
            pid = os.fork()
            if not pid:
                try:
                    member(folder, way, f"m{started}", random.Random(seed))
                finally:
                    sys.excepthook(*sys.exc_info())
                    os._exit(1)
            children[pid] = started
        deadline = time.monotonic() + chance.random() * 0.2
        while time.monotonic() < deadline and not _ended(children):
            time.sleep(0.005)
        if len(children) == members:
            os.kill(chance.choice(sorted(children)), signal.SIGKILL)
            while not _ended(children):
                time.sleep(0.002)


def _ended(children: dict[int, int]) -> bool:
    for pid in sorted(children):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            del children[pid]
            if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                sys.exit(f"a member ended by itself: {status}")
            return True
    return False


if __name__ == "__main__":
    main(*sys.argv[1:])
