"""Objects that no ref reaches leave the history, after a grace period.

Two phases, as in the chunk store: an object that is found unneeded is noted
with the time, and goes when it has been so for the whole period, still is,
and its file is as old, because git renews the time stamp of what it is asked
to write again.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.storage.history.door import foreign_errors
from audobon.storage.history.gather import loose_objects
from audobon.storage.history.merge import unlink
from audobon.storage.history.packs import read_index
from audobon.storage.history.store import HistorySwept
from audobon.system.files import sync_folder, write_atomic

if TYPE_CHECKING:
    import pygit2

__all__ = ["sweep"]

_NOTES = "audobon-garbage.json"


def sweep(
    repository: pygit2.Repository,
    reached: set[bytes],
    *,
    now: float,
    grace_s: float,
    dry_run: bool,
) -> HistorySwept:
    """Remove what is not ``reached``; the caller holds the lock. Times in seconds."""
    folder = Path(repository.path, "objects")
    noted = _load(folder.parent)
    dead: dict[bytes, float] = {}
    loose: list[tuple[bytes, str]] = []
    packs: list[tuple[Path, list[bytes], set[bytes]]] = []
    for oid, entry in loose_objects(folder):
        if oid not in reached:
            dead[oid] = min(noted.get(oid, now), now)
            if _old(dead[oid], entry.stat().st_mtime, now, grace_s):
                loose.append((oid, entry.path))
    for index in sorted((folder / "pack").glob("pack-*.idx")):
        ids = read_index(index)
        touched = index.with_suffix(".pack").stat().st_mtime
        out: set[bytes] = set()
        for oid in ids:
            if oid not in reached:
                dead[oid] = min(noted.get(oid, now), now)
                if _old(dead[oid], touched, now, grace_s):
                    out.add(oid)
        if out and not index.with_suffix(".keep").exists():
            packs.append((index, ids, out))
    going = {oid for oid, _ in loose}.union(*(out for _, _, out in packs))
    if not dry_run:
        for oid in going:
            del dead[oid]
        _save(folder.parent, dead)
        _rewrite(repository, folder, packs)
        for _, path in loose:
            with contextlib.suppress(OSError):
                unlink(path)
        return HistorySwept(len(going), len(dead))
    return HistorySwept(len(going), len(dead) - len(going))


def _old(since: float, touched: float, now: float, grace_s: float) -> bool:
    # What came after the collection began was not there when refs were followed.
    return now - since >= grace_s and touched <= now and now - touched >= grace_s


def _rewrite(
    repository: pygit2.Repository, folder: Path, packs: list[tuple[Path, list[bytes], set[bytes]]]
) -> None:
    """One new pack with what stays of ``packs``, durable before these go, index first."""
    import pygit2

    stay = {oid for _, ids, out in packs for oid in ids if oid not in out}
    if stay:
        before = set((folder / "pack").glob("pack-*.idx"))
        with foreign_errors(str(folder)):
            builder = pygit2.PackBuilder(repository)
            for oid in sorted(stay):
                builder.add(pygit2.Oid(raw=oid))
            builder.write()  # durable: ENABLE_FSYNC_GITDIR is on
        sync_folder(folder / "pack")
        made = set((folder / "pack").glob("pack-*.idx")) - before
        known = {oid for index in made for oid in read_index(index)}
        if not stay <= known:
            return  # an equal pack was there already: leave everything as it is
    for index, _, _ in packs:
        for suffix in (".idx", ".rev", ".bitmap", ".pack"):
            with contextlib.suppress(OSError):
                unlink(str(index.with_suffix(suffix)))


def _load(folder: Path) -> dict[bytes, float]:
    try:
        data = json.loads((folder / _NOTES).read_bytes())
        return {bytes.fromhex(name): float(at) for name, at in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # unknown since when: the time begins now


def _save(folder: Path, dead: dict[bytes, float]) -> None:
    notes = folder / _NOTES
    if dead or notes.exists():
        data = {oid.hex(): at for oid, at in sorted(dead.items())}
        write_atomic(notes, json.dumps(data, indent=0).encode())
